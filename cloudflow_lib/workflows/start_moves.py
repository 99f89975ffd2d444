"""Start what somebody asked for: chosen and checked first, then as runs of `migrate_files` or `migrate_campaign`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from itertools import islice

from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.migrations import migration_id_in
from cloudflow_lib.errors import NotFoundError, WrongInputError
from cloudflow_lib.ports.runs import StartRun
from cloudflow_lib.workflows.plan_moves import MoveRequest, Planner, parse
from cloudflow_lib.workflows.request_migrations import MOST_FILES, MigrationRequest, files_named, open_migrations
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.skipped_files import SkippedFile, nothing_to_move, skip_reason
from cloudflow_lib.workflows.start_campaign import is_campaign, start_campaign

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

    *key* names the request: asked twice with the same one, each run is started once, and what the first time did
    not come to is started now.

    Raises:
        WrongInputError, NotAllowedError, NotFoundError: The request is refused; nothing was started.
    """
    request = parse(MoveRequest, wish)
    if is_campaign(key, services):
        return _start_in_bundles(wish, user, services, start_run, key)
    planner = Planner(request, user, services)
    planner.require_destination()
    runs = _Runs(wish, planner, start_run, key)
    if file_ids:
        return _start_files(files_named(file_ids, user, services), planner, runs)
    # What went file by file goes on so, however many match by now: a campaign would take the same files.
    is_by_file = bool(runs.batches) or request.destination_location in (None, request.source_location)
    left = (file for file in planner.matching() if file.file_id not in runs.taken)
    found = list(islice(left, (MOST_IN_PLACE if is_by_file else MOST_FILES) + 1))
    if not found and not runs.batches:
        raise planner.nothing_matches()
    if is_by_file or len(found) <= MOST_FILES:
        return _start_files(found, planner, runs)
    return _start_in_bundles(wish, user, services, start_run, key)


def request_key(user: str, key: str | None, body: str) -> str:
    """Return what names a request in the ids of its runs; without a *key* of the sender's own, something new."""
    return blake2b(f"{user}\0{key}\0{body}".encode(), digest_size=8).hexdigest() if key else secrets.token_hex(8)


def _start_in_bundles(
    wish: Mapping[str, object], user: str, services: Services, start_run: StartRun, key: str
) -> Started:
    run = start_campaign(wish, user, services, start_run, key)
    batch = StartedBatch(batch_id=run.run_id, kind=BatchKind.CAMPAIGN, run_url=run.url, files=None, size_bytes=None)
    return Started(batches=[batch])


def _start_files(files: Sequence[CatalogFile], planner: Planner, runs: _Runs) -> Started:
    """Start those of *files* that no run has taken yet; those that are there, gone or on another way are skipped."""
    left = [file for file in files if file.file_id not in runs.taken]
    reasons = [(file, skip_reason(file, planner.is_there, runs.holds)) for file in left]
    wanted = [file for file, reason in reasons if reason is None]
    skipped = [SkippedFile(file_id=file.file_id, reason=reason) for file, reason in reasons if reason is not None]
    if not wanted and not runs.batches:
        raise nothing_to_move(skipped)
    if len(wanted) > MOST_IN_PLACE:
        raise WrongInputError(f"at most {MOST_IN_PLACE:,} files at once: ask again for the rest, or for a prefix")
    for file in wanted:
        planner.destination(file)  # refused as a whole, while nothing was started
    runs.take([file.file_id for file in wanted])
    return Started(batches=runs.batches, skipped=[one for one in skipped if one.file_id not in runs.taken])


class _Runs:
    """
    The runs of one request, and which files they have taken.

    A request that is sent again finds other files than before, because some have arrived since. So a run is
    known by what it was queued with, never by where its files would stand in the list now.
    """

    def __init__(self, wish: Mapping[str, object], planner: Planner, start_run: StartRun, key: str) -> None:
        self.batches: list[StartedBatch] = []
        self.taken: set[str] = set()
        self._wish = wish
        self._planner = planner
        self._start_run = start_run
        self._key = key
        self._number = 0
        self._carry_on()

    def _carry_on(self) -> None:
        """Take up the runs of before, each opened to its end; behind them comes the first number that is free."""
        catalog = self._planner.services.catalog
        while True:
            batch_id = self._batch_id(self._number)
            if stored := catalog.batch(batch_id):
                self._start(batch_id, [migration.file_id for migration in stored])
            elif catalog.refusal(batch_id) is None:  # a refused one has ended: nobody would move what it is given
                return
            self._number += 1

    def holds(self, file: CatalogFile) -> bool:
        """Return whether the next one holds *file* already: queued before, and opened by its own first task since."""
        return file.migration_id == migration_id_in(self._batch_id(self._number), file.file_id)

    def take(self, file_ids: Sequence[str]) -> None:
        """Start runs until all of *file_ids* were given to one."""
        left = list(file_ids)
        while left:
            settled = self._start(self._batch_id(self._number), left[:MOST_FILES]) | self.taken
            left = [file_id for file_id in left if file_id not in settled]
            self._number += 1

    def _batch_id(self, number: int) -> str:
        return f"moves__{self._key}_{number}"

    def _start(self, batch_id: str, file_ids: Sequence[str]) -> set[str]:
        """Start one with *file_ids*, and return what it was queued with: others, if that was before."""
        user, services = self._planner.user, self._planner.services
        values: Mapping[str, object] = {**destination_of(self._wish), "file_ids": list(file_ids)}
        run = self._start_run("migrate_files", values, user=user, run_id=batch_id)
        if run.earlier is not None:
            values = run.earlier
        # The run's first task would open it, too. But so people see their files wait at once.
        opened = open_migrations(batch_id, user, values, services)
        given = set(parse(MigrationRequest, values).file_ids)
        self.taken.update(migration.file_id for migration in opened)
        self.taken.update(file_id for file_id in given - self.taken if self._was_tried_again(batch_id, file_id))
        size = sum(migration.size_bytes for migration in opened)
        self.batches.append(
            StartedBatch(batch_id=batch_id, kind=BatchKind.FILES, run_url=run.url, files=len(opened), size_bytes=size)
        )
        return given

    def _was_tried_again(self, batch_id: str, file_id: str) -> bool:
        """Return whether a run opened a migration that is in another batch by now; a file that was gone has none."""
        try:
            self._planner.services.catalog.migration(migration_id_in(batch_id, file_id))
        except NotFoundError:
            return False
        return True


def destination_of(wish: Mapping[str, object]) -> dict[str, object]:
    """Return the part of *wish* that says where to."""
    filters = {"source_location", "prefix", "include", "exclude", "source_tier"}
    return {name: value for name, value in wish.items() if name not in filters and value is not None}
