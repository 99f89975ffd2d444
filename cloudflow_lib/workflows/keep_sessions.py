"""Sign in, stay signed in, sign out: short access tokens, and refresh tokens that are good once."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cloudflow_lib.domain.sessions import (
    AccessToken,
    Account,
    Issued,
    RefreshToken,
    Session,
    new_refresh_token,
    read_refresh_token,
)
from cloudflow_lib.errors import NotFoundError, NotSignedInError
from cloudflow_lib.ports.clock import Clock
from cloudflow_lib.ports.session_book import Accounts, SessionBook

log = logging.getLogger(__name__)

WRONG = "The name or the password is wrong."
OVER = "The session has ended; sign in again."
REUSED = "a refresh token was shown twice"
SIGNED_OUT = "signed out"
ACCOUNT_GONE = "the account is gone or switched off"
PASSWORD_CHANGED = "its password was changed"  # noqa: S105 - a reason, no password


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What signing in needs."""

    accounts: Accounts
    book: SessionBook
    clock: Clock
    lifetime: timedelta
    """How long a session lasts that is refreshed again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person gets: the pair of tokens, and until when the refresh token is good."""

    user: str
    access: AccessToken
    refresh: RefreshToken
    expires_at: datetime


def sign_in(user: str, password: str, desk: Desk) -> Grant:
    """Open a session, or raise NotSignedInError, which does not tell whether there is such a user."""
    if (account := desk.accounts.sign_in(user, password)) is None:
        log.warning("auth.sign_in_refused user=%r", user)
        raise NotSignedInError(WRONG)
    now = desk.clock()
    access, refresh = desk.accounts.issue(account), new_refresh_token()
    session = Session(
        session_id=refresh.session_id,
        account=account,
        digest=refresh.digest,
        opened_at=now,
        expires_at=now + desk.lifetime,
        issued=(_issued(access),),
    )
    desk.book.open_session(session)
    log.info("auth.signed_in user=%s session=%s", account.user, session.session_id)
    return Grant(user=account.user, access=access, refresh=refresh, expires_at=session.expires_at)


def refresh(text: str, desk: Desk) -> Grant:
    """
    Return the next pair of tokens for the refresh token *text*, which is worthless from then on.

    Raises:
        NotSignedInError: It is unknown, expired or revoked. If it was used before, the whole session ends
            now, with the access tokens it gave out: one of the two who showed it is a thief.
    """
    shown = read_refresh_token(text)
    session, now = _known(shown, desk), desk.clock()
    if not session.is_running(now):
        raise NotSignedInError(OVER)
    if not session.accepts(shown.secret, now):
        raise _reused(session, desk)
    if (account := desk.accounts.active(session.account.account_id)) is None:
        end_session(session.session_id, ACCOUNT_GONE, desk)
        raise NotSignedInError(OVER)
    if session.account.password_mark not in ("", account.password_mark):
        end_session(session.session_id, PASSWORD_CHANGED, desk)
        raise NotSignedInError(OVER)
    return _rotate(session, shown, account, desk)


def sign_out(text: str, desk: Desk) -> None:
    """
    End the session of the refresh token *text*, and make its access tokens worthless.

    So does one that was used before: somebody else went on with it, whom its holder wants out, too.
    """
    shown = read_refresh_token(text)
    session, now = _known(shown, desk), desk.clock()
    if session.accepts(shown.secret, now):
        end_session(session.session_id, SIGNED_OUT, desk)
    elif session.is_running(now):
        _reused(session, desk)


def _rotate(session: Session, shown: RefreshToken, account: Account, desk: Desk) -> Grant:
    access, following, now = desk.accounts.issue(account), shown.next(), desk.clock()
    running = [one for one in session.issued if one.expires_at > now]
    # A session from before marks were noted gets one here, so that a change of the password ends it, too.
    after = replace(session, account=account, digest=following.digest, issued=(*running, _issued(access)))
    if not desk.book.rotate_session(shown.digest, after):
        raise _reused(session, desk)  # somebody showed the same token a moment ago
    return Grant(user=account.user, access=access, refresh=following, expires_at=session.expires_at)


def _known(shown: RefreshToken, desk: Desk) -> Session:
    try:
        return desk.book.session(shown.session_id)
    except NotFoundError:
        raise NotSignedInError(OVER) from None


def _reused(session: Session, desk: Desk) -> NotSignedInError:
    log.warning("auth.refresh_reused user=%s session=%s", session.account.user, session.session_id)
    end_session(session.session_id, REUSED, desk)
    return NotSignedInError(OVER)


def end_session(session_id: str, because: str, desk: Desk) -> None:
    """End a session, and make the access tokens worthless that it gave out; again: nothing happens."""
    ended = desk.book.revoke_session(session_id, because)
    if ended is None:
        return
    for one in ended.issued:
        desk.accounts.revoke(one)
    log.info("auth.session_ended user=%s session=%s because=%r", ended.account.user, session_id, because)


def _issued(access: AccessToken) -> Issued:
    return Issued(access.token_id, access.expires_at)
