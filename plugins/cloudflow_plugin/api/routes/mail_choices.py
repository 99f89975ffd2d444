"""What a person gets by mail: how soon, of which kind, and what became of the last ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, Field, StringConstraints

from cloudflow_lib.domain.mailing import DEFAULT_PACES, LetterState, MailPreferences, Pace
from cloudflow_lib.domain.notifications import NotificationKind
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.workflows.mail_choices import NO_SUCH, choose_mail, unsubscribe
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer, Limit, Request
from cloudflow_plugin.api.openapi import NO_SIGN_IN

router = APIRouter(tags=["notifications"])

Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,1000}$")]


class MailSettings(Answer):
    """How soon a person gets mail about what."""

    address: str = Field(
        description="Where the mails go; an administrator sets it.", examples=["team-docs@example.com"]
    )
    paces: dict[NotificationKind, Pace]
    daily_hour: int = Field(description="When the daily digest comes, in UTC.")


class MailChange(Request):
    """What to change; kinds that are not named stay as they are."""

    paces: dict[NotificationKind, Pace] = Field(default_factory=dict)
    daily_hour: int | None = Field(None, ge=0, le=23)


class SentMail(Answer):
    """One mail, and what became of it."""

    title: str | None = Field(description="Null before the first try.")
    to: str | None
    state: LetterState
    made_at: AwareDatetime
    sent_at: AwareDatetime | None
    attempts: int
    reason: str | None = Field(description="Why the mail server did not take it, the last time or for good.")


class SentMails(Answer):
    """The last mails, newest first."""

    mails: list[SentMail]


class Unsubscribed(Answer):
    """Which mails come no more."""

    kind: NotificationKind


@router.get("/me/notification-settings")
def mail_settings(caller: CallerDep, services: ServicesDep) -> MailSettings:
    """See how soon you get mail about what."""
    found = services.catalog.mail_preferences([caller.user])[caller.user]
    return _told(found, services.mail_address(caller.user))


@router.put("/me/notification-settings")
def change_mail_settings(change: MailChange, caller: CallerDep, services: ServicesDep) -> MailSettings:
    """Choose how soon you get mail about what."""
    after = choose_mail(caller.user, change.paces, services.catalog, daily_hour=change.daily_hour)
    return _told(after, services.mail_address(caller.user))


@router.get("/me/mails")
def last_mails(caller: CallerDep, services: ServicesDep, limit: Annotated[Limit, Query()] = 50) -> SentMails:
    """See which mails went to you, which wait, and which were refused and why."""
    letters = services.catalog.letters_to(caller.user, limit=limit)
    return SentMails(
        mails=[
            SentMail(
                title=letter.title,
                to=letter.to,
                state=letter.state,
                made_at=letter.made_at,
                sent_at=letter.sent_at,
                attempts=letter.attempts,
                reason=letter.reason,
            )
            for letter in letters
            if letter.state is not LetterState.EMPTY
        ]
    )


@router.post("/unsubscribe/{token}", openapi_extra=NO_SIGN_IN)
def end_mails(token: Annotated[Token, Path()], services: ServicesDep) -> Unsubscribed:
    """End the mails of one kind, as mail programs do at a click (RFC 8058); the mail holds the token."""
    if services.keyring is None:
        raise NotFoundError(NO_SUCH)
    _, kind = unsubscribe(token, services.catalog, services.keyring)
    return Unsubscribed(kind=kind)


def _told(preferences: MailPreferences, address: str) -> MailSettings:
    paces = {kind: preferences.pace_of(kind) for kind in DEFAULT_PACES if kind is not NotificationKind.MAIL}
    return MailSettings(address=address, paces=paces, daily_hour=preferences.daily_hour)
