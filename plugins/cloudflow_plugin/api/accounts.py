"""Airflow's accounts (FAB): their passwords, and the access tokens that Airflow's own API takes too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
from airflow.api_fastapi.app import get_auth_manager
from airflow.models.revoked_token import RevokedToken

from cloudflow_lib.bootstrap import settings
from cloudflow_lib.domain.sessions import AccessToken, Account, AccountDetails, Issued
from cloudflow_plugin.api.callers import ADMINISTER, RESOURCE
from cloudflow_plugin.api.identity import KNOWN, asking_airflow


class AirflowAccounts:
    """`cloudflow_lib.ports.session_book.Accounts` on Airflow's auth manager; every call blocks."""

    @asking_airflow()
    def sign_in(self, user: str, password: str) -> Account | None:
        with _flask(), _session_given_back():
            found = _manager().create_token(headers={}, body={"username": user, "password": password})
            if found is None:
                _require_database()
            return None if found is None else _account(found)

    @asking_airflow()
    def active(self, account_id: str) -> Account | None:
        from airflow.providers.fab.auth_manager.models import User
        from airflow.utils.session import create_session

        with create_session() as session:  # Airflow's auth manager remembers for a while how it was
            user = session.get(User, int(account_id))
            return _account(user) if user is not None and user.is_active else None

    @asking_airflow()
    def everyone(self) -> Sequence[AccountDetails]:
        from airflow.providers.fab.auth_manager.models import User
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            return [_details(user) for user in session.scalars(select(User).order_by(User.username))]

    @asking_airflow()
    def end_web_session(self, account_id: str) -> None:
        with _flask(), _session_given_back():
            manager = _manager().security_manager
            if (user := manager.get_user_by_id(int(account_id))) is not None:
                manager.reset_user_sessions(user)

    @asking_airflow()
    def issue(self, account: Account) -> AccessToken:
        manager, lifetime = _manager(), timedelta(minutes=settings().api.access_minutes)
        found = manager.deserialize_user({"sub": account.account_id})
        token: str = manager.generate_jwt(found, expiration_time_in_seconds=int(lifetime.total_seconds()))
        claims = jwt.decode(token, options={"verify_signature": False})  # it is ours, made a moment ago
        return AccessToken(token=token, token_id=claims["jti"], expires_at=_moment(claims["exp"]))

    def read(self, token: str) -> Issued | None:
        try:
            claims = _manager()._get_token_validator().validated_claims(token)  # noqa: SLF001 - Airflow names no other way to read one
        except jwt.InvalidTokenError:
            return None
        return Issued(claims["jti"], _moment(claims["exp"]))

    @asking_airflow()
    def revoke(self, issued: Issued) -> None:
        RevokedToken.revoke(issued.token_id, issued.expires_at)
        KNOWN.forget()


def _require_database() -> None:
    """Raise where Airflow's database does not answer: FAB takes that for a wrong name."""
    from airflow.providers.fab.auth_manager.models import User
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        session.scalar(select(User.id).limit(1))


def _manager() -> Any:  # noqa: ANN401 - FAB ships no types
    return get_auth_manager()


def _flask() -> AbstractContextManager[Any]:
    """Return FAB's own application as the one that is asked."""
    from airflow.providers.fab.auth_manager.api_fastapi.routes import login

    flask_app: Any = login._get_flask_app  # noqa: SLF001 - FAB's own endpoint uses it, there is no public one
    context: AbstractContextManager[Any] = flask_app().app_context()
    return context


def _details(user: Any) -> AccountDetails:  # noqa: ANN401 - FAB ships no types
    rights = {(right.action.name, right.resource.name) for role in user.roles for right in role.permissions}
    return AccountDetails(
        account_id=str(user.id),
        user=user.get_name(),
        full_name=user.get_full_name().strip(),
        email=user.email,
        roles=tuple(sorted(role.name for role in user.roles)),
        is_active=bool(user.active),
        is_admin=(ADMINISTER, RESOURCE) in rights,
        last_sign_in=None if user.last_login is None else user.last_login.astimezone(UTC),
    )


def _account(user: Any) -> Account:  # noqa: ANN401 - as above
    mark = sha256(user.password.encode()).hexdigest() if user.password else ""  # of what is kept of it, which is salted
    return Account(account_id=str(user.id), user=user.get_name(), password_mark=mark)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


@contextmanager
def _session_given_back() -> Iterator[None]:
    """FAB's database session hangs on the thread, which serves others next: give it back at the end."""
    from airflow import settings as airflow

    try:
        yield
    finally:
        if airflow.Session is not None:
            airflow.Session.remove()
