"""The people: for administrators, who see what each has here, limit it, and sign somebody out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, Field
from starlette.concurrency import run_in_threadpool

from cloudflow_lib.domain import people
from cloudflow_lib.workflows.manage_users import (
    Person,
    change_limits,
    find_person,
    list_people,
    sign_out_everywhere,
)
from cloudflow_plugin.api import fields
from cloudflow_plugin.api.callers import AdminDep
from cloudflow_plugin.api.context import Context, context_of
from cloudflow_plugin.api.routes.auth import DeskDep
from cloudflow_plugin.api.standings import standings_of

router = APIRouter(prefix="/users", tags=["accounts"])

MOST_A_MINUTE = 1_000_000
UserName = Annotated[str, Path(pattern=r"^[^\x00-\x1f\x7f/.][^\x00-\x1f\x7f/]{0,255}$", examples=["team-docs"])]
"""What Airflow takes for a name, apart from those that mean something else in a path."""


class LimitsBody(fields.Request):
    """What one person may do; null: what the settings allow everybody."""

    upload_bytes: int | None = Field(None, ge=0, le=fields.MOST_BYTES, description="Of one file.")
    storage_bytes: int | None = Field(None, ge=0, le=fields.MOST_BYTES, description="Of all their files together.")
    uploads_per_minute: int | None = Field(None, ge=1, le=MOST_A_MINUTE)
    writes_per_minute: int | None = Field(None, ge=1, le=MOST_A_MINUTE)


class UserLimits(fields.Answer):
    """What one person may do; null: what the settings allow everybody."""

    upload_bytes: int | None
    storage_bytes: int | None
    uploads_per_minute: int | None
    writes_per_minute: int | None


class UserOut(fields.Answer):
    """Somebody with an account, or whose files are here."""

    user: str = Field(examples=["team-docs"])
    full_name: str
    email: str
    roles: list[str] = Field(description="What Airflow calls them.", examples=[["CloudFlowUser"]])
    is_admin: bool
    has_account: bool = Field(description="If not, only their files are here.")
    is_active: bool = Field(description="May sign in.")
    files: int
    size_bytes: int
    seen_at: AwareDatetime | None = Field(description="When they were here last, within five minutes.")
    sessions: int = Field(description="Sign-ins that last.")
    limits: UserLimits


class UsualLimits(fields.Answer):
    """What the settings allow everybody."""

    upload_bytes: int
    uploads: str = Field(description="Empty: any number.", examples=["600/minute"])
    writes: str = Field(description="Empty: any number.", examples=["600/minute"])


class UserList(fields.Answer):
    """Everybody, by name."""

    users: list[UserOut]
    usual: UsualLimits


class SignedOut(fields.Answer):
    """Whom it was ended for."""

    user: str
    sessions: int = Field(description="How many ran.")


@router.get("")
async def list_users(request: Request, _admin: AdminDep) -> UserList:
    """See everybody: their roles, what they have here, when they came last, and what they may do."""
    context = context_of(request)
    found = await run_in_threadpool(list_people, context.accounts, context.services())
    return UserList(users=[_told(one) for one in found], usual=_usual(context))


@router.get("/{user}")
async def one_user(user: UserName, request: Request, _admin: AdminDep) -> UserOut:
    """Look at one person."""
    context = context_of(request)
    return _told(await run_in_threadpool(find_person, user, context.accounts, context.services()))


@router.put("/{user}/limits")
async def put_limits(user: UserName, body: LimitsBody, request: Request, admin: AdminDep) -> UserOut:
    """Say how much one person may do; it holds for their next request."""
    context, wanted = context_of(request), people.UserLimits(**body.model_dump())
    changed = await run_in_threadpool(change_limits, user, wanted, context.accounts, context.services(), by=admin.user)
    standings_of(request).forget(user)
    return _told(changed)


@router.post("/{user}/sign-out")
async def sign_out_user(user: UserName, request: Request, admin: AdminDep, desk: DeskDep) -> SignedOut:
    """End every session of one person, with the access tokens they hold; they may sign in again."""
    services = context_of(request).services()
    ended = await run_in_threadpool(sign_out_everywhere, user, desk, services, by=admin.user)
    standings_of(request).forget(user)
    return SignedOut(user=user, sessions=ended)


def _usual(context: Context) -> UsualLimits:
    settings = context.settings()
    return UsualLimits(
        upload_bytes=context.services().upload_limits.max_resumable_bytes,
        uploads=settings.api.limits.upload_per_user,
        writes=settings.api.limits.writes_per_user,
    )


def _told(person: Person) -> UserOut:
    account, limits = person.account, person.standing.limits
    return UserOut(
        user=person.user,
        full_name=account.full_name if account else "",
        email=account.email if account else "",
        roles=list(account.roles) if account else [],
        is_admin=person.is_admin,
        has_account=account is not None,
        is_active=account is not None and account.is_active,
        files=person.held.files,
        size_bytes=person.held.size_bytes,
        seen_at=person.seen_at,
        sessions=person.sessions,
        limits=UserLimits(
            upload_bytes=limits.upload_bytes,
            storage_bytes=limits.storage_bytes,
            uploads_per_minute=limits.uploads_per_minute,
            writes_per_minute=limits.writes_per_minute,
        ),
    )
