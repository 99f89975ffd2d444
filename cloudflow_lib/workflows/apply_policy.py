"""Try a policy, or do what it decided: the same plan, file by file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from cloudflow_lib.domain.events import Event, MailRequested, MailWishData
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.notifications import Level, NotificationKind
from cloudflow_lib.domain.policies import Case, Decision, Policy, PolicyKind, PolicyPlan, plan_policy
from cloudflow_lib.domain.usage import WINDOW_DAYS, usage_of
from cloudflow_lib.errors import PERMANENT_ERRORS, NotFoundError
from cloudflow_lib.ports.policy_book import PlannedMove, PolicyRun, PolicyRunState
from cloudflow_lib.ports.recommendation_book import RecommendationQuery, pages_of
from cloudflow_lib.workflows.keep_locations import seen_location
from cloudflow_lib.workflows.request_migrations import MOST_FILES, open_migrations
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePrice:
    """What moving a file to one class of one location costs once, and saves a month."""

    once_usd: float
    saves_per_month: float


PriceMoves = Callable[[Sequence[CatalogFile], str, str], Mapping[str, MovePrice]]
"""Takes files, a location and a class; returns prices by file id, without those that nobody knows."""


def try_policy(policy: Policy, services: Services, price: PriceMoves) -> PolicyPlan:
    """Return what *policy* would do now, file by file, and do nothing."""
    now = services.clock()
    cases = _recommended(policy, services) if policy.kind is PolicyKind.RECOMMENDED else _idle(policy, services)
    plan = plan_policy(policy, list(cases), now)
    if policy.kind is PolicyKind.RECOMMENDED:
        return plan
    return plan_policy(policy, _priced(plan, services, price), now)


def require_places(policy: Policy, services: Services) -> None:
    """Raise NotFoundError if the policy names a location where its owner may have no files."""
    for location_id in (policy.location_id, policy.destination_location):
        if location_id is not None:
            seen_location(location_id, policy.owner, services)


def plan_run(policy_id: str, run_id: str, services: Services, price: PriceMoves) -> PolicyRun:
    """
    Decide once what the run *run_id* of a policy does, and keep it; again returns what was decided.

    Beyond its limits the run waits for a person's word, who gets a mail.
    """
    try:
        return services.catalog.policy_run(run_id)
    except NotFoundError:
        policy = services.catalog.policy(policy_id)
    plan = try_policy(policy, services, price)
    run = PolicyRun(
        run_id=run_id,
        policy_id=policy_id,
        owner=policy.owner,
        name=policy.name,
        state=PolicyRunState.AWAITING if plan.beyond else PolicyRunState.PLANNED,
        moves=tuple(_moves(plan.moving)),
        files=len(plan.moving),
        size_bytes=plan.size_bytes,
        once_usd=plan.once_usd,
        saves_per_month=plan.saves_per_month,
        beyond=plan.beyond,
        made_at=services.clock(),
    )
    wish = _mail(run, "asks before it moves more than its limits")
    return services.catalog.open_policy_run(run, [wish] if plan.beyond else [])


def start_run(run_id: str, services: Services, *, approved: bool) -> Sequence[Mapping[str, object]]:
    """
    Open the migrations that the run decided on, in the name of the policy's owner, and return its batches.

    Each is the id and the parameters of one run of `migrate_files`. A run that waits for a word starts
    only when it is *approved*; one that was rejected never does. A batch that cannot be opened any more, as
    its files went elsewhere meanwhile, is returned as well: its run ends red and says why.
    """
    run = services.catalog.policy_run(run_id)
    if run.state is PolicyRunState.REJECTED or (run.state is PolicyRunState.AWAITING and not approved):
        return []
    run = services.catalog.end_policy_run(run, PolicyRunState.STARTED, services.clock(), [])
    if run.state is not PolicyRunState.STARTED:
        return []
    batches = []
    for batch_id, move in zip(run.batches, run.moves, strict=True):
        values: dict[str, object] = {
            "file_ids": _still_own(move.file_ids, run.owner, services),
            "recommendation_ids": list(move.recommendation_ids),
            "destination_location": move.destination_location,
            "storage_class": move.storage_class,
        }
        try:
            open_migrations(batch_id, run.owner, values, services)
        except PERMANENT_ERRORS as error:  # the run of these files is refused and tells its owner why; others go on
            log.warning("policy.batch_refused run=%s batch=%s error=%s", run_id, batch_id, error)
        batches.append({"trigger_run_id": batch_id, "conf": values})
    return batches


def _still_own(file_ids: Sequence[str], owner: str, services: Services) -> Sequence[str]:
    """Leave out files that became somebody else's, unless all did: then the refusal says so."""
    files = services.catalog.files_by_id(file_ids)
    return [file.file_id for file in files if services.may_touch(owner, file.owner)] or list(file_ids)


def reject_run(run_id: str, services: Services) -> PolicyRun:
    """Note that a person said no, or nothing: the run moves nothing, now or later."""
    run = services.catalog.policy_run(run_id)
    wish = _mail(run, "was rejected and moved nothing")
    return services.catalog.end_policy_run(run, PolicyRunState.REJECTED, services.clock(), [wish])


def _mail(run: PolicyRun, what: str) -> Event:
    data = MailWishData(
        kind=NotificationKind.POLICY,
        level=Level.WARNING,
        title=f"Policy {run.name} {what}",
        lines=(f"{run.files:,} files, {run.size_bytes:,} bytes, ${run.once_usd:,.2f} once", *run.beyond),
        path="settings",
    )
    return MailRequested(subject=run.run_id, user=run.owner, data=data)


def _idle(policy: Policy, services: Services) -> Iterator[Case]:
    now, sees_all = services.clock(), policy.owner in services.admins
    target = services.catalog.location(policy.destination_location or policy.location_id or "")
    wanted = target.class_for(policy.destination_tier)
    cursor = None
    while True:
        page = services.catalog.list_files(
            owner=None if sees_all else policy.owner,
            location_id=policy.location_id,
            prefix=policy.prefix or None,
            cursor=cursor,
            limit=PAGE,
        )
        since = (now - timedelta(days=WINDOW_DAYS)).date()
        reads = services.catalog.reads_of([file.file_id for file in page.files], since)
        for file in page.files:
            usage = usage_of(reads.get(file.file_id, ()), size_bytes=file.size_bytes, now=now)
            yield _case(file, target.location_id, wanted, _touched(file, usage.last_read_at), usage.reads_90d)
        cursor = page.next_cursor
        if cursor is None:
            return


def _touched(file: CatalogFile, last_read_at: datetime | None) -> datetime:
    return max(at for at in (file.modified_at, file.first_seen_at, file.last_read_at, last_read_at) if at is not None)


def _case(file: CatalogFile, location_id: str, storage_class: str, touched_at: datetime, reads: int) -> Case:
    in_place = location_id == file.location_id
    return Case(
        file_id=file.file_id,
        location_id=file.location_id,
        key=file.key,
        size_bytes=file.size_bytes,
        touched_at=touched_at,
        reads_90d=reads,
        is_there=in_place and file.storage_class == storage_class,
        is_held=file.migration_id is not None,
        destination_location=None if in_place else location_id,
        destination_class=storage_class,
    )


def _priced(plan: PolicyPlan, services: Services, price: PriceMoves) -> Sequence[Case]:
    """Return the cases of *plan* with what their moves cost; by idleness all of them go to one class of one place."""
    moving = [one.case for one in plan.moving]
    prices: dict[str, MovePrice] = {}
    for start in range(0, len(moving), PAGE):
        some = moving[start : start + PAGE]
        files = services.catalog.files_by_id([case.file_id for case in some])
        goal = some[0].destination_location or some[0].location_id
        prices |= price(files, goal, some[0].destination_class)
    cases = [one.case for one in plan.decisions]
    return [replace(case, **asdict(prices[case.file_id])) if case.file_id in prices else case for case in cases]


def _recommended(policy: Policy, services: Services) -> Iterator[Case]:
    owner = None if policy.owner in services.admins else policy.owner
    query = RecommendationQuery(owner=owner, location_id=policy.location_id)
    for page in pages_of(services.catalog, query):
        files = {one.file_id: one for one in services.catalog.files_by_id([advice.file_id for advice in page])}
        for advice in page:
            file = files.get(advice.file_id)
            if file is None or not file.key.startswith(policy.prefix):
                continue
            goal = advice.destination
            yield replace(
                _case(file, goal.location_id, goal.storage_class, _touched(file, None), 0),
                once_usd=advice.once_usd,
                saves_per_month=advice.saves_per_month,
                pays_back_days=advice.pays_back_days,
                recommendation_id=advice.recommendation_id,
            )


def _moves(moving: Sequence[Decision]) -> Iterator[PlannedMove]:
    """Cut what moves into runs of `migrate_files`, each to one class of one place."""

    def goal(one: Decision) -> tuple[str, str]:
        return one.case.destination_location or "", one.case.destination_class

    for (location_id, storage_class), found in groupby(sorted(moving, key=goal), key=goal):
        some = list(found)
        for start in range(0, len(some), MOST_FILES):
            part = [one.case for one in some[start : start + MOST_FILES]]
            yield PlannedMove(
                file_ids=tuple(case.file_id for case in part),
                recommendation_ids=tuple(case.recommendation_id for case in part if case.recommendation_id),
                destination_location=location_id or None,
                storage_class=storage_class,
            )
