"""Sign-ins in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pymongo import ReturnDocument

from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.domain.sessions import Account, Issued, Session
from cloudflow_lib.errors import NotFoundError


class MongoSessions(MongoShelves):
    """SessionBook in the collection `sessions`, whose documents the server removes when they expire."""

    def open_session(self, session: Session) -> None:
        with answering():
            self._shelf("sessions").insert_one(_document(session))

    def session(self, session_id: str) -> Session:
        with answering():
            document = self._shelf("sessions").find_one({"_id": session_id})
        if document is None:
            raise NotFoundError(f"there is no session {session_id!r}")
        return _session(document)

    def rotate_session(self, digest: str, after: Session) -> bool:
        good = {"_id": after.session_id, "digest": digest, "revoked_because": None}
        document = _document(after)
        changed = {name: document[name] for name in ("digest", "issued", "password_mark")}
        with answering():
            return self._shelf("sessions").update_one(good, {"$set": changed}).modified_count == 1

    def revoke_session(self, session_id: str, because: str) -> Session | None:
        running = {"_id": session_id, "revoked_because": None}
        change = {"$set": {"revoked_because": because}}
        with answering():
            document = self._shelf("sessions").find_one_and_update(
                running, change, return_document=ReturnDocument.AFTER
            )
        return None if document is None else _session(document)

    def running_sessions(self, now: datetime, user: str | None = None) -> Sequence[Session]:
        wanted = {"revoked_because": None, "expires_at": {"$gt": now}}
        with answering():
            found = self._shelf("sessions").find(wanted if user is None else {**wanted, "user": user})
            return [_session(document) for document in found]

    def forget_sessions(self, before: datetime) -> int:
        with answering():
            return self._shelf("sessions").delete_many({"expires_at": {"$lt": before}}).deleted_count


def _document(session: Session) -> Document:
    return {
        "_id": session.session_id,
        "v": SCHEMA,
        "account_id": session.account.account_id,
        "user": session.account.user,
        "password_mark": session.account.password_mark,
        "digest": session.digest,
        "opened_at": session.opened_at,
        "expires_at": session.expires_at,
        "issued": [list(one) for one in session.issued],
        "revoked_because": session.revoked_because,
    }


def _session(document: Document) -> Session:
    return Session(
        session_id=document["_id"],
        account=Account(
            account_id=document["account_id"],
            user=document["user"],
            password_mark=document.get("password_mark", ""),  # sign-ins of before it was noted
        ),
        digest=document["digest"],
        opened_at=document["opened_at"],
        expires_at=document["expires_at"],
        issued=tuple(Issued(*one) for one in document["issued"]),
        revoked_because=document["revoked_because"],
    )
