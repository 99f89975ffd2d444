"""Read every signal that alerts watch."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from cloudflow_lib.domain.alert_rules import Reading, Rule, Signal
from cloudflow_lib.domain.alerts import Alert
from cloudflow_lib.domain.cost_days import prefix_of
from cloudflow_lib.domain.performance import API, BUCKET, CAMPAIGN, MIGRATE, Cell, Cells, bucket_start
from cloudflow_lib.domain.usage import whole_reads
from cloudflow_lib.errors import PublishError
from cloudflow_lib.workflows.read_costs import read_costs
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)

WINDOW = timedelta(hours=1)
FEWEST_MOVES = 5
"""Of less, one failure is no rate."""
NEARLY_ALL = (0.95,)
FILES_AT_ONCE = 500
UNUSUAL = timedelta(days=1)
"""How long a prefix that was used unusually is told to be."""
BY_MINUTE = frozenset(
    {
        Signal.MIGRATIONS_FAILED,
        Signal.ERROR_RATE,
        Signal.MOVE_SECONDS,
        Signal.REQUEST_SECONDS,
        Signal.ACCESS_ANOMALY,
    }
)
BY_HOUR = frozenset({Signal.STORED_BYTES, Signal.COST_PER_MONTH, Signal.READS_PER_DAY})
"""Of these signals nothing is read where nothing is, so who was there and is missing has come to rest."""


def take_readings(services: Services, rules: Sequence[Rule] = (), running: Sequence[Alert] = ()) -> list[Reading]:
    """
    Read what changes by the minute, and once an hour what changes slowly; keep it and return it.

    What is asked for by a few only (prefixes, forecasts) is read for those *rules* that watch it. What a
    *running* alert is about is read as 0 once nothing is there any more, such as moves in the last hour.
    """
    now, signals = services.clock(), BY_MINUTE
    readings = [*_moves(services, now), *_requests(services, now), *_platform(services, now)]
    hour = now.replace(minute=0, second=0, microsecond=0)
    if not any(one.at <= now for one in services.catalog.readings(Signal.STORED_BYTES, hour)):
        prefixes = frozenset(rule.scope for rule in rules if rule.prefix)
        readings += [*_stored(services, now), *_costs(services, now), *_reads(services, now, prefixes)]
        readings += read_costs(rules, services, now)
        signals |= BY_HOUR
    unusual = _unusual(services, now)
    readings += _at_rest([one for one in running if one.signal in signals], [*readings, *unusual], now)
    start = bucket_start(now)
    services.catalog.add_readings([replace(one, at=start) for one in readings])
    return [*readings, *unusual]  # the last are kept where they were found


def _at_rest(running: Sequence[Alert], readings: Sequence[Reading], now: datetime) -> list[Reading]:
    """Return a reading of 0 for each source of *running* alerts that none of *readings* is of."""
    heard = {one.source for one in readings}
    failing = {one.user for one in readings if one.signal is Signal.MIGRATIONS_FAILED and one.value}
    silent = {one.source: one for one in running if one.source not in heard}
    return [
        Reading(signal=one.signal, user=one.user, scope=one.scope, value=0.0, at=now)
        for one in silent.values()
        # A few moves are no rate, but as long as some of them fail it is not 0 either.
        if not (one.signal is Signal.ERROR_RATE and one.user in failing)
    ]


def _window(now: datetime) -> tuple[datetime, datetime]:
    """Return the bounds of the last hour's buckets, the one that is being filled included."""
    return bucket_start(now - WINDOW), bucket_start(now) + BUCKET


def _moves(services: Services, now: datetime) -> Sequence[Reading]:
    by_user: dict[str, tuple[Cell, Cell]] = {}
    for user, cells in services.catalog.metrics_by_user(*_window(now)):
        ended, timed = by_user.setdefault(user, (Cell(), Cell()))
        for series, cell in cells.items():
            if series.operation in (MIGRATE, CAMPAIGN):
                ended.merge(cell)
            if series.operation == MIGRATE:
                timed.merge(cell)
    found = []
    for user, (ended, timed) in by_user.items():
        found.append(Reading(signal=Signal.MIGRATIONS_FAILED, user=user, value=float(ended.failed), at=now))
        if ended.count >= FEWEST_MOVES:
            rate = 100.0 * ended.failed / ended.count
            found.append(Reading(signal=Signal.ERROR_RATE, user=user, value=rate, at=now))
        (seconds,) = timed.durations.quantiles(NEARLY_ALL)
        if seconds is not None:
            found.append(Reading(signal=Signal.MOVE_SECONDS, user=user, value=seconds, at=now))
    return found


def _requests(services: Services, now: datetime) -> Sequence[Reading]:
    whole = Cell()
    for one in services.catalog.metrics_between(*_window(now)):
        _add_requests(whole, one.cells)
    (seconds,) = whole.durations.quantiles(NEARLY_ALL)
    return [] if seconds is None else [Reading(signal=Signal.REQUEST_SECONDS, value=seconds, at=now)]


def _add_requests(whole: Cell, cells: Cells) -> None:
    for series, cell in cells.items():
        if series.operation.startswith(f"{API} "):
            whole.merge(cell)


def _platform(services: Services, now: datetime) -> Sequence[Reading]:
    watch = services.platform
    if watch is None:
        return []
    disks = watch.full_disks().items()
    found = [Reading(signal=Signal.DISK_PERCENT, scope=path, value=value, at=now) for path, value in disks]
    try:
        lags = watch.waiting_events()
    except PublishError as error:
        log.warning("alerts.no_lag error=%s", error)  # a broker that is away is told by what waits behind it
        return found
    return [*found, *(Reading(signal=Signal.KAFKA_LAG, scope=who, value=float(n), at=now) for who, n in lags.items())]


def _stored(services: Services, now: datetime) -> Sequence[Reading]:
    sums: Counter[tuple[str, str]] = Counter()
    for total in services.catalog.totals():
        sums[total.owner, total.location_id] += total.size_bytes
    return [_of(Signal.STORED_BYTES, place, float(value), now) for place, value in sums.items()]


def _costs(services: Services, now: datetime) -> Sequence[Reading]:
    sums: dict[tuple[str, str], float] = {}
    for cost in services.catalog.costs():
        place = (cost.owner, cost.location_id)
        sums[place] = sums.get(place, 0.0) + cost.storage_usd + cost.use_usd
    return [_of(Signal.COST_PER_MONTH, place, value, now) for place, value in sums.items()]


def _reads(services: Services, now: datetime, prefixes: Collection[str]) -> Sequence[Reading]:
    """Return the reads of the last whole day, or of today as soon as it has more."""
    sums: Counter[tuple[str, str, date]] = Counter()
    for page in services.catalog.reads_since((now - timedelta(days=1)).date()):
        for number in range(0, len(page), FILES_AT_ONCE):
            some = page[number : number + FILES_AT_ONCE]
            files = {file.file_id: file for file in services.catalog.files_by_id(list({one.file_id for one in some}))}
            for one in some:
                if file := files.get(one.file_id):
                    count, below = whole_reads(one, file.size_bytes), f"{file.location_id}/{prefix_of(file.key)}"
                    sums[file.owner, file.location_id, one.day] += count
                    if below in prefixes:
                        sums[file.owner, below, one.day] += count
    most: dict[tuple[str, str], int] = {}
    for (owner, scope, _), count in sums.items():
        most[owner, scope] = max(count, most.get((owner, scope), 0))
    return [_of(Signal.READS_PER_DAY, place, float(value), now) for place, value in most.items()]


def _unusual(services: Services, now: datetime) -> Sequence[Reading]:
    """Return the last unusual hour of each folder; one that came to its senses a day ago is at 0."""
    latest: dict[str, Reading] = {}
    for one in services.catalog.readings(Signal.ACCESS_ANOMALY, now - 2 * UNUSUAL):
        fresh = one if one.at > now - UNUSUAL else replace(one, value=0.0)
        known = latest.get(one.source)
        latest[one.source] = max(known, fresh, key=lambda reading: reading.value) if known else fresh
    return [replace(one, at=now) for one in latest.values()]


def _of(signal: Signal, place: tuple[str, str], value: float, now: datetime) -> Reading:
    user, location_id = place
    return Reading(signal=signal, user=user, scope=location_id, value=value, at=now)
