"""
Do what was recommended: start runs that move the files, and note which run moves which.

The note is written twice, by whoever starts the run and by the run's own first task: whichever process
dies in between, the recommendation says what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from cloudflow_lib.domain.facts import recommendation_applied
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.migrations import migration_id_in
from cloudflow_lib.domain.recommendations import Recommendation, RecommendationState
from cloudflow_lib.errors import LostRaceError, NotFoundError, WrongInputError
from cloudflow_lib.ports.recommendation_book import PrefixMove, RecommendationChange, RecommendationQuery, pages_of
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.skipped_files import SkippedFile, nothing_to_move, skip_reason

FILES_PER_RUN = 200
"""As many as one run of `migrate_files` takes."""

StartMoves = Callable[[Mapping[str, object], str | None], str]
"""Starts a run of `migrate_files` with these parameters in the user's name, called so if at all; returns its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyLimits:
    """How much one request may move."""

    most_files: int = 1000
    most_bytes: int = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedMoves:
    """One run that was started."""

    batch_id: str
    recommendations: tuple[Recommendation, ...]
    """As they stand now: applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What one request started, and what it left as it is."""

    runs: Sequence[StartedMoves]
    skipped: Sequence[SkippedFile]
    """Their recommendations stay open."""


def apply_recommendations(
    recommendation_ids: Sequence[str],
    user: str,
    services: Services,
    start: StartMoves,
    *,
    limits: ApplyLimits | None = None,
    quarantine_days: float = 7.0,
    name: str | None = None,
) -> Applied:
    """
    Start the runs that move what *recommendation_ids* speak of, up to 200 files each.

    Files that are gone, there already or in another move are skipped. *name*: the runs are called so, with
    an underscore and their number behind it; what one of them holds already is moved by this very request, sent again.

    Raises:
        NotFoundError: One of them is unknown, or of somebody else's file.
        LostRaceError: One of them is not open any more.
        WrongInputError: There are none, or more than *limits* allow, or their files are all gone. Nothing was started.
        WrongStateError: The files are all in other moves.
    """
    chosen = visible_recommendations(recommendation_ids, user, services)
    _require_open(chosen)
    wanted, skipped = _sort_out(chosen, name, services)
    _require_within(limits or ApplyLimits(), wanted)
    started = []
    for number, some in enumerate(_runs(wanted)):
        first = some[0]
        in_place = first.source.location_id == first.destination.location_id
        batch_id = start(
            {
                "file_ids": [one.file_id for one in some],
                "recommendation_ids": [one.recommendation_id for one in some],
                "destination_location": None if in_place else first.destination.location_id,
                "storage_class": first.destination.storage_class,
                "quarantine_days": quarantine_days,
            },
            _run_id(name, number) if name else None,
        )
        mark_applied(batch_id, user, [one.recommendation_id for one in some], services)
        marked = services.catalog.recommendations_by_id([one.recommendation_id for one in some])
        started.append(StartedMoves(batch_id=batch_id, recommendations=tuple(marked)))
    return Applied(runs=started, skipped=skipped)


def largest_of(move: PrefixMove, user: str, services: Services, limits: ApplyLimits) -> Sequence[str]:
    """
    Return the open recommendations that are this move, the greatest saving first, as many as *limits* allow.

    Those that cannot start come behind them, to be skipped with their reason, and do not count.

    Raises:
        NotFoundError: None is open, or they are of somebody else's files.
        WrongInputError: Each of the files is larger than *limits* allow.
    """
    chosen: list[str] = []
    stuck: list[str] = []
    together = free = 0
    query = RecommendationQuery(owner=move.owner, move=move)
    for page in pages_of(services.catalog, query) if services.may_touch(user, move.owner) else ():
        files = _files_of(page, services)
        for one in page:
            if skip_reason(files.get(one.file_id), partial(_is_there, one), lambda _: False) is not None:
                if len(stuck) < limits.most_files:  # no answer tells a million of them
                    stuck.append(one.recommendation_id)
                continue
            free += 1
            if len(chosen) < limits.most_files and together + one.size_bytes <= limits.most_bytes:
                chosen.append(one.recommendation_id)
                together += one.size_bytes
        if len(chosen) >= limits.most_files:
            break
    if free and not chosen:
        each = "the file" if free == 1 else f"each of these {free:,} files"
        limit = f"at most {limits.most_bytes:,} bytes at once"
        raise WrongInputError(f"{limit}, and {each} is larger: migrate it by itself")
    if not chosen and not stuck:
        raise NotFoundError(f"nothing below {move.prefix!r} is recommended to move from {move.from_class} so, any more")
    return [*chosen, *stuck]


def visible_recommendations(
    recommendation_ids: Sequence[str], user: str, services: Services
) -> Sequence[Recommendation]:
    """Return them, or raise NotFoundError: in the same words for an unknown one and for another user's."""
    found = services.catalog.recommendations_by_id(recommendation_ids)
    mine = {one.recommendation_id for one in found if services.may_touch(user, one.owner)}
    if strangers := [name for name in recommendation_ids if name not in mine]:
        raise NotFoundError(f"there is no recommendation {', '.join(map(repr, strangers[:5]))}")
    return found


def mark_applied(
    batch_id: str,
    user: str,
    recommendation_ids: Sequence[str],
    services: Services,
    *,
    moving: Container[str] | None = None,
) -> int:
    """
    Note that the run *batch_id* moves the files of these; those that are not open are left as they are.

    So are those whose file is not among *moving*, the ids of the files that the run took; None: it takes all.
    """
    if not recommendation_ids:
        return 0
    now = services.clock()
    changes = []
    for one in services.catalog.recommendations_by_id(recommendation_ids):
        is_taken = moving is None or one.file_id in moving
        if is_taken and one.state is RecommendationState.OPEN and services.may_touch(user, one.owner):
            after = replace(one, state=RecommendationState.APPLIED, state_since=now, batch_id=batch_id)
            event = recommendation_applied(after, user, now)
            changes.append(RecommendationChange(before=one, after=after, event=event))
    return services.catalog.change_recommendations(changes) if changes else 0


def _require_open(chosen: Sequence[Recommendation]) -> None:
    if not chosen:
        raise WrongInputError("say which recommendations: none was given")
    if closed := [one for one in chosen if one.state is not RecommendationState.OPEN]:
        first = closed[0]
        raise LostRaceError(f"the recommendation {first.recommendation_id} is {first.state} already: read it again")


def _require_within(limits: ApplyLimits, wanted: Sequence[Recommendation]) -> None:
    if len(wanted) > limits.most_files:
        raise WrongInputError(f"at most {limits.most_files:,} files at once, got {len(wanted):,}: apply them in parts")
    together = sum(one.size_bytes for one in wanted)
    if together > limits.most_bytes:
        raise WrongInputError(f"at most {limits.most_bytes:,} bytes at once, these have {together:,}: apply fewer")


def _files_of(some: Sequence[Recommendation], services: Services) -> Mapping[str, CatalogFile]:
    return {file.file_id: file for file in services.catalog.files_by_id([one.file_id for one in some])}


def _sort_out(
    chosen: Sequence[Recommendation], name: str | None, services: Services
) -> tuple[Sequence[Recommendation], Sequence[SkippedFile]]:
    files = _files_of(chosen, services)
    batches = [_run_id(name, number) for number, _ in enumerate(_runs(chosen))] if name else []

    def is_ours(file: CatalogFile) -> bool:
        return any(file.migration_id == migration_id_in(batch_id, file.file_id) for batch_id in batches)

    wanted, skipped = [], []
    for one in chosen:
        reason = skip_reason(files.get(one.file_id), partial(_is_there, one), is_ours)
        if reason is None:
            wanted.append(one)
        else:
            skipped.append(SkippedFile(file_id=one.file_id, reason=reason))
    if not wanted:
        raise nothing_to_move(skipped)
    return wanted, skipped


def _run_id(name: str, number: int) -> str:
    return f"{name}_{number}"


def _is_there(one: Recommendation, file: CatalogFile) -> bool:
    return (file.location_id, file.storage_class) == (one.destination.location_id, one.destination.storage_class)


def _runs(chosen: Sequence[Recommendation]) -> Iterator[Sequence[Recommendation]]:
    """Yield what one run can move: up to 200 files with one destination."""
    groups: dict[tuple[str, str], list[Recommendation]] = {}
    for one in chosen:
        in_place = one.source.location_id == one.destination.location_id
        where = "" if in_place else one.destination.location_id
        groups.setdefault((where, one.destination.storage_class), []).append(one)
    for _, some in sorted(groups.items()):
        for start in range(0, len(some), FILES_PER_RUN):
            yield some[start : start + FILES_PER_RUN]
