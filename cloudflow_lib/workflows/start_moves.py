"""Start what somebody asked for: chosen and checked first, then as runs of `migrate_files` or `migrate_campaign`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from hashlib import blake2b
from itertools import islice

from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.migrations import migration_id_in
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.ports.runs import StartRun
from cloudflow_lib.workflows.plan_moves import MoveRequest, Planner, parse
from cloudflow_lib.workflows.request_migrations import MOST_FILES, files_named, open_migrations
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.skipped_files import SkippedFile, nothing_to_move, skip_reason
from cloudflow_lib.workflows.start_campaign import start_campaign

MOST_IN_PLACE = 2000
"""Files of one request that run file by file: ten runs. A campaign takes more, but only to another location."""


class BatchKind(StrEnum):
    """How files are moved."""

    FILES = "files"
    """Each by itself, to be watched, cancelled and rolled back by itself."""
    CAMPAIGN = "campaign"
    """In bundles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedBatch:
    """One run that was started."""

    batch_id: str
    kind: BatchKind
    run_url: str
    files: int | None
    """None for a campaign: its first task counts them."""
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Everything that one request started."""

    batches: Sequence[StartedBatch]
    skipped: Sequence[SkippedFile] = ()


def start_moves(
    wish: Mapping[str, object], file_ids: Sequence[str], user: str, services: Services, start_run: StartRun, key: str
) -> Started:
    """
    Start what *wish* (the fields of `MoveRequest`) asks for: of exactly *file_ids*, or of what its filter finds.

    *key* names the request: asked twice with the same one, each run is started once.

    Raises:
        WrongInputError, NotAllowedError, NotFoundError: The request is refused; nothing was started.
    """
    request = parse(MoveRequest, wish)
    planner = Planner(request, user, services)
    planner.require_destination()
    if file_ids:
        return start_files(wish, files_named(file_ids, user, services), planner, start_run, key)
    found = list(islice(planner.matching(), MOST_FILES + 1))
    if not found:
        raise planner.nothing_matches()
    if len(found) <= MOST_FILES:
        return start_files(wish, found, planner, start_run, key)
    if request.destination_location in (None, request.source_location):
        found = list(islice(planner.matching(), MOST_IN_PLACE + 1))
        return start_files(wish, found, planner, start_run, key)
    run = start_campaign(wish, user, services, start_run, key)
    batch = StartedBatch(batch_id=run.run_id, kind=BatchKind.CAMPAIGN, run_url=run.url, files=None, size_bytes=None)
    return Started(batches=[batch])


def request_key(user: str, key: str | None, body: str) -> str:
    """Return what names a request in the ids of its runs; without a *key* of the sender's own, something new."""
    return blake2b(f"{user}\0{key}\0{body}".encode(), digest_size=8).hexdigest() if key else secrets.token_hex(8)


def start_files(
    wish: Mapping[str, object], files: Sequence[CatalogFile], planner: Planner, start_run: StartRun, key: str
) -> Started:
    """Start *files* on their way, `MOST_FILES` in a run; those that are there, gone or on another way are skipped."""
    reasons = [(file, skip_reason(file, planner.is_there, partial(_is_ours, key=key))) for file in files]
    wanted = [file for file, reason in reasons if reason is None]
    skipped = [SkippedFile(file_id=file.file_id, reason=reason) for file, reason in reasons if reason is not None]
    if not wanted:
        raise nothing_to_move(skipped)
    if len(wanted) > MOST_IN_PLACE:
        raise WrongInputError(f"at most {MOST_IN_PLACE:,} files at once: ask again for the rest, or for a prefix")
    for file in wanted:
        planner.destination(file)  # refused as a whole, while nothing was started
    batches = []
    for number, start in enumerate(range(0, len(wanted), MOST_FILES)):
        some = wanted[start : start + MOST_FILES]
        batches.append(_start_batch(wish, some, planner, start_run, _batch_id(key, number)))
    return Started(batches=batches, skipped=skipped)


def _is_ours(file: CatalogFile, key: str) -> bool:
    """Return whether this very request holds *file* already: it is sent again, its answer got lost."""
    batches = (_batch_id(key, number) for number in range(MOST_IN_PLACE // MOST_FILES))
    return any(file.migration_id == migration_id_in(batch_id, file.file_id) for batch_id in batches)


def _batch_id(key: str, number: int) -> str:
    return f"moves__{key}_{number}"


def _start_batch(
    wish: Mapping[str, object], files: Sequence[CatalogFile], planner: Planner, start_run: StartRun, batch_id: str
) -> StartedBatch:
    values = {**destination_of(wish), "file_ids": [file.file_id for file in files]}
    run = start_run("migrate_files", values, user=planner.user, run_id=batch_id)
    # The run's first task would open it, too. But so people see their files wait at once.
    open_migrations(batch_id, planner.user, values, planner.services)
    size = sum(file.size_bytes for file in files)
    return StartedBatch(batch_id=batch_id, kind=BatchKind.FILES, run_url=run.url, files=len(files), size_bytes=size)


def destination_of(wish: Mapping[str, object]) -> dict[str, object]:
    """Return the part of *wish* that says where to."""
    filters = {"source_location", "prefix", "include", "exclude", "source_tier"}
    return {name: value for name, value in wish.items() if name not in filters and value is not None}
