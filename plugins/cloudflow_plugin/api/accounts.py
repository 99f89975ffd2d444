"""Airflow's accounts (FAB): their passwords, and the access tokens that Airflow's own API takes too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from airflow.api_fastapi.app import get_auth_manager
from airflow.models.revoked_token import RevokedToken

from cloudflow_lib.bootstrap import settings
from cloudflow_lib.domain.sessions import AccessToken, Account, Issued


class AirflowAccounts:
    """`cloudflow_lib.ports.session_book.Accounts` on Airflow's auth manager; every call blocks."""

    def sign_in(self, user: str, password: str) -> Account | None:
        from airflow.providers.fab.auth_manager.api_fastapi.routes import login

        flask_app: Any = login._get_flask_app  # noqa: SLF001 - FAB's own endpoint uses it, there is no public one
        with flask_app().app_context(), _session_given_back():
            found = _manager().create_token(headers={}, body={"username": user, "password": password})
            return None if found is None else _account(found)

    def active(self, account_id: str) -> Account | None:
        try:
            return _account(_manager().deserialize_user({"sub": account_id}))
        except ValueError:
            return None

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

    def revoke(self, issued: Issued) -> None:
        RevokedToken.revoke(issued.token_id, issued.expires_at)


def _manager() -> Any:  # noqa: ANN401 - FAB ships no types
    return get_auth_manager()


def _account(user: Any) -> Account:  # noqa: ANN401 - as above
    return Account(account_id=str(user.id), user=user.get_name())


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
