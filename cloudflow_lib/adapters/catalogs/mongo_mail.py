"""Mails in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo import ReturnDocument
from pymongo.errors import BulkWriteError, DuplicateKeyError

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups, plain, waiting
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import MongoWaiting, duplicates
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.mailing import Letter, LetterState, MailPreferences, MailWish, Pace, SentLetter
from cloudflow_lib.domain.notifications import Level, NotificationKind


class MongoMail(MongoWaiting):
    """MailBook in `mail_wishes`, `letters` and `mail_choices`."""

    def mail_preferences(self, users: Sequence[str]) -> Mapping[str, MailPreferences]:
        found = {user: MailPreferences() for user in users}
        for few in in_groups(list(found), FEW_IDS):
            with answering():
                for document in self._shelf("mail_choices").find({"_id": {"$in": list(few)}, "mail": {"$ne": None}}):
                    found[document["_id"]] = _preferences(document["mail"])
        return found

    def save_mail_preferences(self, user: str, preferences: MailPreferences) -> None:
        kept = {"v": SCHEMA, "mail": plain(preferences)}
        with answering():
            self._shelf("mail_choices").update_one({"_id": user}, {"$set": kept}, upsert=True)

    def wish_mail(self, wishes: Sequence[MailWish]) -> int:
        return self._insert_new("mail_wishes", [_wish_document(one) for one in wishes])

    def _insert_new(self, shelf: str, documents: Sequence[Document]) -> int:
        """Insert what is not there yet, and return how many that were."""
        fresh = 0
        for some in in_groups(documents, 1000):
            with answering():
                try:
                    fresh += len(self._shelf(shelf).insert_many(list(some), ordered=False).inserted_ids)
                except BulkWriteError as error:
                    fresh += len(some) - len(duplicates(error))
        return fresh

    def keep_mailed(self, letters: Sequence[Letter], wishes: Sequence[tuple[MailWish, str]]) -> None:
        # Never waiting, not even for a moment: a sender may be looking.
        self._insert_new("letters", [_ended(_letter_document(letter)) for letter in letters])
        self._insert_new("mail_wishes", [_ended(_wish_document(wish)) | {"letter_id": name} for wish, name in wishes])

    def users_with_due_mail(self, now: datetime, *, limit: int = 500) -> Sequence[str]:
        steps: list[Document] = [
            {"$match": {"waits": True, "due_at": {"$lte": now}}},
            {"$group": {"_id": "$user"}},
            {"$limit": limit},
        ]
        with answering():
            return sorted(group["_id"] for group in self._shelf("mail_wishes").aggregate(steps))

    def due_wishes(self, user: str, now: datetime, *, limit: int = 20_000) -> Sequence[MailWish]:
        due = {"user": user, "waits": True, "$or": [{"due_at": {"$lte": now}}, {"is_held": True}]}
        with answering():
            found = self._shelf("mail_wishes").find(due).sort([("asked_at", 1), ("_id", 1)]).limit(limit)
            return [_wish(document) for document in found]

    def hold_wishes(self, wish_ids: Sequence[str], until: datetime) -> None:
        for few in in_groups(wish_ids, FEW_IDS):
            with answering():
                waits = {"_id": {"$in": list(few)}, "waits": True}
                self._shelf("mail_wishes").update_many(waits, {"$set": {"due_at": until, "is_held": True}})

    def letters_since(self, user: str, since: datetime) -> Sequence[SentLetter]:
        lately = {"user": user, "made_at": {"$gte": since}}
        with answering():
            found = self._shelf("letters").find(lately, {"made_at": 1, "wishes": 1})
            return [SentLetter(made_at=one["made_at"], wishes=one["wishes"]) for one in found]

    def write_letter(self, letter: Letter) -> None:
        with answering():
            try:
                self._shelf("letters").insert_one(_letter_document(letter))
            except DuplicateKeyError:
                known = self._shelf("letters").find_one({"_id": letter.letter_id})
                letter = _letter(known) if known else letter
        self._bind(letter)

    def _bind(self, letter: Letter) -> None:
        for few in in_groups(letter.wish_ids, FEW_IDS):
            with answering():
                # Whoever comes first has the wish: it never changes its letter.
                loose = {"_id": {"$in": list(few)}, "waits": True}
                taken = {"$set": {"letter_id": letter.letter_id}, "$unset": {"waits": 1}}
                self._shelf("mail_wishes").update_many(loose, taken)

    def claim_letter(self, now: datetime, until: datetime) -> Letter | None:
        free = {"waits": True, "next_try_at": {"$lte": now}}
        claim = {"$set": {"next_try_at": until}, "$inc": {"attempts": 1, "fence": 1}}
        with answering():
            document = self._shelf("letters").find_one_and_update(
                free, claim, sort=[("next_try_at", 1), ("_id", 1)], return_document=ReturnDocument.AFTER
            )
        return None if document is None else _letter(document)

    def wishes_in(self, letter: Letter) -> Sequence[MailWish]:
        found = self._bound(letter)
        if len(found) < len(letter.wish_ids):  # another letter has the rest, or its writer died half-way
            self._bind(letter)
            found = self._bound(letter)
        turn = {name: number for number, name in enumerate(letter.wish_ids)}
        return sorted(found, key=lambda wish: turn[wish.wish_id])

    def _bound(self, letter: Letter) -> list[MailWish]:
        with answering():
            return [_wish(document) for document in self._shelf("mail_wishes").find({"letter_id": letter.letter_id})]

    def end_letter(self, letter: Letter, state: LetterState, events: Sequence[Event]) -> bool:
        self._announce("letters", [(letter.letter_id, event.id) for event in events])
        ended = {"state": state.value, "to": letter.to, "title": letter.title, "reason": letter.reason}
        update: Document = {"$set": {**ended, "sent_at": letter.sent_at}, "$unset": {"waits": 1}}
        if events:
            update["$push"] = {"outbox": {"$each": [waiting(event) for event in events]}}
        with answering():
            return self._shelf("letters").update_one(_held(letter), update).modified_count == 1

    def try_letter_later(self, letter: Letter, at: datetime, reason: str) -> None:
        later = {"$set": {"next_try_at": at, "reason": reason, "to": letter.to, "title": letter.title}}
        with answering():
            self._shelf("letters").update_one(_held(letter), later)

    def letters_to(self, user: str, *, limit: int = 50) -> Sequence[Letter]:
        with answering():
            found = self._shelf("letters").find({"user": user}, {"outbox": 0})
            return [_letter(document) for document in found.sort([("made_at", -1), ("_id", -1)]).limit(limit)]


def _ended(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "waits"}


def _held(letter: Letter) -> Document:
    return {"_id": letter.letter_id, "fence": letter.fence, "waits": True}


def _preferences(document: Document) -> MailPreferences:
    paces = {NotificationKind(kind): Pace(pace) for kind, pace in document["paces"].items()}
    return MailPreferences(paces=paces, daily_hour=document["daily_hour"])


def _wish_document(wish: MailWish) -> Document:
    document: Document = plain(wish)
    return {"_id": document.pop("wish_id"), "v": SCHEMA, "waits": True, **document}


def _wish(document: Document) -> MailWish:
    names = ("user", "title", "path", "notification_id", "asked_at", "due_at", "is_digest", "is_held")
    return MailWish(
        wish_id=document["_id"],
        kind=NotificationKind(document["kind"]),
        level=Level(document["level"]),
        lines=tuple(document["lines"]),
        **{name: document[name] for name in names},
    )


def _letter_document(letter: Letter) -> Document:
    document: Document = plain(letter)
    name, wishes = document.pop("letter_id"), len(letter.wish_ids)
    return {"_id": name, "v": SCHEMA, "waits": True, "wishes": wishes, **document}


def _letter(document: Document) -> Letter:
    names = ("user", "made_at", "next_try_at", "attempts", "fence", "reason", "to", "title", "sent_at")
    return Letter(
        letter_id=document["_id"],
        wish_ids=tuple(document["wish_ids"]),
        state=LetterState(document["state"]),
        **{name: document[name] for name in names},
    )
