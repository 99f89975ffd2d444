"""What a person wants to get by mail, and how they stop it from within a mail."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from cloudflow_lib.domain.mailing import MailPreferences, Pace
from cloudflow_lib.domain.notifications import NotificationKind
from cloudflow_lib.errors import NotFoundError, SecretError
from cloudflow_lib.ports.mail_book import MailBook
from cloudflow_lib.ports.secrets import Keyring

BOUND_TO = "unsubscribe"
NO_SUCH = "this link ends nothing (any more): choose in the settings what you get"


def choose_mail(
    user: str, paces: Mapping[NotificationKind, Pace], book: MailBook, *, daily_hour: int | None = None
) -> MailPreferences:
    """Change how soon *user* hears of the kinds in *paces*; all others stay as they are."""
    before = book.mail_preferences([user])[user]
    after = MailPreferences(
        paces={**before.paces, **paces},
        daily_hour=before.daily_hour if daily_hour is None else daily_hour,
    )
    book.save_mail_preferences(user, after)
    return after


def unsubscribe_token(user: str, kind: NotificationKind, keyring: Keyring) -> str:
    """Return a text that only we can make, good for ending mails of *kind* to *user* and for nothing else."""
    sealed = keyring.seal({"user": user, "kind": kind.value}, bound_to=BOUND_TO)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unsubscribe(token: str, book: MailBook, keyring: Keyring) -> tuple[str, NotificationKind]:
    """
    End what the mail with *token* said, and return whose mails of which kind; twice is once.

    Raises:
        NotFoundError: It is no token of ours.
    """
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        said = keyring.open(sealed, bound_to=BOUND_TO)
        user, kind = said["user"], NotificationKind(said["kind"])
    except (SecretError, KeyError, ValueError, binascii.Error):
        raise NotFoundError(NO_SUCH) from None
    choose_mail(user, {kind: Pace.OFF}, book)
    return user, kind
