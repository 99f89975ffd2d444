"""Migrations: start, watch, cancel, try again, take back."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.move_listing import UNFINISHED, MoveQuery
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.workflows.retry_migration import retry
from cloudflow_lib.workflows.start_moves import request_key, start_moves
from cloudflow_lib.workflows.undo_migration import cancel, roll_back
from cloudflow_plugin.api.callers import CallerDep, WriterDep
from cloudflow_plugin.api.context import RunUrlDep, ServicesDep, StartRunDep
from cloudflow_plugin.api.fields import Answer, Cursor, FileId, Handle, Limit, Request
from cloudflow_plugin.api.moves import Migration, Starting, migration_out, starting_out
from cloudflow_plugin.api.replays import SentKey
from cloudflow_plugin.api.rights import ActingServicesDep
from cloudflow_plugin.api.routes.move_forms import MoveBody

router = APIRouter(prefix="/migrations", tags=["migrations"])

MoveState = MigrationState | Literal["running"]
"""A state, or `running` for every one of those that have not ended."""


class MigrationsQuery(Request):
    """Which migrations; without anything all of them."""

    state: list[MoveState] = Field([], max_length=10, description="One of these; `running`: not ended.")
    batch_id: Handle | None = None
    file_id: FileId | None = None
    cursor: Cursor | None = None
    limit: Limit = 100

    def as_query(self, owner: str | None) -> MoveQuery:
        """Return it as the domain's value."""
        states = {one for one in self.state if isinstance(one, MigrationState)}
        if "running" in self.state:
            states |= UNFINISHED
        return MoveQuery(owner=owner, states=frozenset(states), batch_id=self.batch_id, file_id=self.file_id)


class MigrationPage(Answer):
    """One page of migrations, newest first."""

    migrations: list[Migration]
    next_cursor: Cursor | None = Field(description="Give it back as `cursor` for the page behind; null at the end.")


@router.get("")
def find_migrations(
    query: Annotated[MigrationsQuery, Query()], caller: CallerDep, services: ServicesDep, run_url: RunUrlDep
) -> MigrationPage:
    """Look through the migrations of one's own files, newest first; administrators see all."""
    wanted = query.as_query(caller.sees_owner)
    page = services.catalog.find_migrations(wanted, cursor=query.cursor or None, limit=query.limit)
    told = [migration_out(one, run_url) for one in page.migrations]
    return MigrationPage(migrations=told, next_cursor=page.next_cursor)


@router.post("", status_code=202)
def start(
    body: MoveBody, caller: WriterDep, services: ActingServicesDep, start_run: StartRunDep, key: SentKey = None
) -> Starting:
    """
    Start moving files: each by itself, or, where a filter finds more than 200, in bundles as a campaign.

    The files are chosen and checked first: what is refused has started nothing. At most 2,000 ids in one
    request; as many files change their class in place by a filter.
    """
    named = request_key(caller.user, key, body.model_dump_json())
    wish = body.as_wish()
    return starting_out(start_moves(wish, body.file_ids, caller.user, services, start_run, named))


@router.get("/{migration_id}")
def one_migration(migration_id: Handle, caller: CallerDep, services: ServicesDep, run_url: RunUrlDep) -> Migration:
    """Look at one migration: where it stands, when each step ended, how far its copy is."""
    found = services.catalog.migration(migration_id)
    if not caller.may_see(found.owner):
        raise NotFoundError(f"there is no migration {migration_id!r}")
    return migration_out(found, run_url)


@router.post("/{migration_id}/cancel")
def cancel_one(migration_id: Handle, caller: WriterDep, services: ActingServicesDep, run_url: RunUrlDep) -> Migration:
    """End a migration before its switch; nothing of it stays. Cancelling twice is once."""
    return migration_out(cancel(migration_id, caller.user, services), run_url)


@router.post("/{migration_id}/retry", status_code=202)
def retry_one(
    migration_id: Handle, caller: WriterDep, services: ActingServicesDep, start_run: StartRunDep, run_url: RunUrlDep
) -> Migration:
    """Try a failed migration again, from its first step and in a run of its own."""
    queued, _ = retry(migration_id, caller.user, services, start_run)
    return migration_out(queued, run_url)


@router.post("/{migration_id}/rollback")
def roll_one_back(
    migration_id: Handle, caller: WriterDep, services: ActingServicesDep, run_url: RunUrlDep
) -> Migration:
    """Make the source the file again, while it is in quarantine. Rolling back twice is once."""
    return migration_out(roll_back(migration_id, caller.user, services), run_url)
