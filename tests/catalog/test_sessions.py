"""What the catalogue promises about sign-ins, and what signing in makes of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cloudflow_lib.domain.sessions import AccessToken, Account, Issued, Session
from cloudflow_lib.errors import NotFoundError, NotSignedInError
from cloudflow_lib.workflows.keep_sessions import Desk, refresh, sign_in, sign_out

NOW = datetime.now(UTC).replace(microsecond=0)
ACCOUNT = Account(account_id="7", user="team-docs")


def a_session(**changes) -> Session:
    session = Session(
        session_id=uuid4().hex,
        account=ACCOUNT,
        digest="first",
        opened_at=NOW,
        expires_at=NOW + timedelta(days=14),
        issued=(Issued("access-1", NOW + timedelta(minutes=15)),),
    )
    return replace(session, **changes)


def test_a_session_comes_back_as_it_was_opened(catalog):
    session = a_session()
    catalog.open_session(session)

    assert session == catalog.session(session.session_id)
    with pytest.raises(NotFoundError, match="no session 'x'"):
        catalog.session("x")


def test_a_session_is_rotated_by_the_good_digest_only(catalog):
    session = a_session()
    catalog.open_session(session)
    second = replace(session, digest="second", issued=(Issued("access-2", NOW + timedelta(minutes=30)),))

    assert not catalog.rotate_session("wrong", second)
    assert catalog.rotate_session("first", second)
    assert not catalog.rotate_session("first", replace(session, digest="third"))
    assert second == catalog.session(session.session_id)


def test_running_sessions_are_those_that_neither_expired_nor_were_revoked(catalog):
    mine, over, ended = a_session(), a_session(expires_at=NOW), a_session()
    theirs = a_session(account=Account(account_id="8", user="team-media"))
    for session in (mine, over, ended, theirs):
        catalog.open_session(session)
    catalog.revoke_session(ended.session_id, "signed out")

    assert [mine] == list(catalog.running_sessions(NOW, "team-docs"))
    assert {mine.session_id, theirs.session_id} == {one.session_id for one in catalog.running_sessions(NOW)}
    assert [] == list(catalog.running_sessions(NOW, "nobody"))


def test_a_revoked_session_is_never_rotated_again(catalog):
    session = a_session()
    catalog.open_session(session)
    ended = catalog.revoke_session(session.session_id, "signed out")

    assert replace(session, revoked_because="signed out") == ended == catalog.session(session.session_id)
    assert catalog.revoke_session(session.session_id, "again") is None
    assert catalog.revoke_session("unknown", "again") is None
    assert not catalog.rotate_session("first", replace(session, digest="second"))


def test_expired_sessions_are_forgotten(catalog):
    old, new = a_session(expires_at=NOW - timedelta(days=1)), a_session()
    catalog.open_session(old)
    catalog.open_session(new)
    catalog.forget_sessions(NOW)  # a server may have removed it before

    with pytest.raises(NotFoundError):
        catalog.session(old.session_id)
    assert new == catalog.session(new.session_id)


@dataclass
class Door:
    """Accounts in memory: one, with the password `open sesame`."""

    is_active: bool = True
    mark: str = ""
    count: int = 0
    revoked: list = field(default_factory=list)

    def sign_in(self, user, password):
        return ACCOUNT if (user, password) == ("team-docs", "open sesame") else None

    def active(self, account_id):
        return replace(ACCOUNT, password_mark=self.mark) if self.is_active and account_id == "7" else None

    def issue(self, account):
        self.count += 1
        name = f"{account.user}-{self.count}"
        return AccessToken(token=f"jwt {name}", token_id=name, expires_at=NOW + timedelta(minutes=15))

    def revoke(self, issued):
        self.revoked.append(issued.token_id)


@pytest.fixture
def door():
    return Door()


@pytest.fixture
def desk(catalog, door):
    return Desk(accounts=door, book=catalog, clock=lambda: NOW, lifetime=timedelta(days=14))


def test_who_signs_in_gets_tokens_and_stays_signed_in(desk):
    first = sign_in("team-docs", "open sesame", desk)
    second = refresh(first.refresh.text, desk)
    third = refresh(second.refresh.text, desk)

    assert ["team-docs-1", "team-docs-2", "team-docs-3"] == [one.access.token_id for one in (first, second, third)]
    assert 3 == len({one.refresh.text for one in (first, second, third)})
    assert NOW + timedelta(days=14) == third.expires_at  # refreshing does not prolong the session


@pytest.mark.parametrize(("user", "password"), [("team-docs", "close sesame"), ("team-nobody", "open sesame")])
def test_a_wrong_name_and_a_wrong_password_look_the_same(desk, user, password):
    with pytest.raises(NotSignedInError, match="The name or the password is wrong"):
        sign_in(user, password, desk)


def test_no_refresh_token_is_kept(desk, catalog):
    grant = sign_in("team-docs", "open sesame", desk)

    assert grant.refresh.secret not in repr(catalog.session(grant.refresh.session_id))


def test_a_refresh_token_that_is_used_twice_ends_the_session_for_both(desk, door):
    stolen = sign_in("team-docs", "open sesame", desk).refresh.text
    thief = refresh(stolen, desk)

    with pytest.raises(NotSignedInError, match="has ended"):
        refresh(stolen, desk)
    with pytest.raises(NotSignedInError, match="has ended"):
        refresh(thief.refresh.text, desk)
    assert ["team-docs-1", "team-docs-2"] == door.revoked


def test_of_two_who_refresh_at_once_at_most_one_gets_tokens(desk):
    text = sign_in("team-docs", "open sesame", desk).refresh.text

    def attempt(_number):
        try:
            return refresh(text, desk)
        except NotSignedInError:
            return None

    with ThreadPoolExecutor(8) as pool:
        granted = [grant for grant in pool.map(attempt, range(8)) if grant]

    assert len(granted) <= 1
    for grant in granted:
        with pytest.raises(NotSignedInError):
            refresh(grant.refresh.text, desk)


def test_a_session_from_before_marks_were_noted_gets_one_and_ends_with_its_password(desk, door):
    grant = sign_in("team-docs", "open sesame", desk)
    door.mark = "of the first password"
    grant = refresh(grant.refresh.text, desk)
    door.mark = "of the second password"

    with pytest.raises(NotSignedInError, match="has ended"):
        refresh(grant.refresh.text, desk)


def test_signing_out_makes_everything_worthless(desk, door):
    grant = sign_in("team-docs", "open sesame", desk)
    sign_out(grant.refresh.text, desk)
    sign_out(grant.refresh.text, desk)

    assert [grant.access.token_id] == door.revoked
    with pytest.raises(NotSignedInError, match="has ended"):
        refresh(grant.refresh.text, desk)


def test_a_session_ends_with_its_time_or_its_account(desk, door):
    text = sign_in("team-docs", "open sesame", desk).refresh.text
    with pytest.raises(NotSignedInError, match="has ended"):
        refresh(text, replace(desk, clock=lambda: NOW + timedelta(days=15)))
    door.is_active = False
    with pytest.raises(NotSignedInError, match="has ended"):
        refresh(text, desk)


@pytest.mark.parametrize("text", ["", "x", ".", "x.", ".x", "a$b.c", "{}.{}", "unknown.unknown"])
def test_what_is_no_refresh_token_is_refused(desk, text):
    with pytest.raises(NotSignedInError, match="sign in again"):
        refresh(text, desk)
