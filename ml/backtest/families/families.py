"""The five development families: what each kind of storage is used like. Numbers: `parameters`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cloudflow_lib.domain.timelines import Floats, Int32s, Int64s
from ml.backtest.families import parameters
from ml.backtest.families.draws import (
    Reads,
    Scale,
    births,
    joined,
    log_of,
    lognormal_bytes,
    object_table,
    poisson_reads,
    read_once,
    some,
    weekly,
)
from ml.backtest.traces import NEVER, Log, ObjectTable

Family = Callable[[np.random.Generator, Scale], tuple[ObjectTable, Log]]


def media(random: np.random.Generator, scale: Scale, p: parameters.Media = parameters.MEDIA) -> tuple[ObjectTable, Log]:
    """Draw media: read a lot while young, a few types steadily."""
    count = scale.objects
    size = lognormal_bytes(random, p.size_median, p.size_sigma, count)
    prefix = random.integers(0, p.prefixes, count)
    created = births(random, scale, before=0.5)
    rate = random.lognormal(np.log(p.first_rate_median), p.first_rate_sigma, count)
    flat = prefix < round(p.prefixes * p.flat_types)
    gone = some(random, count, p.deleted)
    deleted = np.where(gone, created + random.geometric(1 / p.deleted_after_days, count), NEVER)
    # A flat type gets as many reads in a year as a decaying one.
    flat_rate = rate * _mean_decay(p.decay)

    def daily(block: Int32s, days: Int32s) -> Floats:
        age = days[None, :] - created[block][:, None]
        young = rate[block][:, None] * (1.0 + np.maximum(age, 0)) ** -p.decay
        steady = np.where(flat[block][:, None], flat_rate[block][:, None], young)
        return np.where(age >= 0, steady, 0.0) * weekly(days, p.weekday)

    reads = poisson_reads(random, count, scale.days, daily)
    table = object_table(random, size_bytes=size, created=created, prefix=prefix, deleted=deleted, extension=prefix % 9)
    return table, log_of(reads, size)


def _mean_decay(decay: float) -> float:
    return float(((1.0 + np.arange(365)) ** -decay).mean())


def lake(random: np.random.Generator, scale: Scale, p: parameters.Lake = parameters.LAKE) -> tuple[ObjectTable, Log]:
    """Draw partitions opened on the day of their making, if ever, and reports that come back every month or quarter."""
    count = scale.objects
    size = lognormal_bytes(random, p.size_median, p.size_sigma, count)
    prefix = random.integers(0, p.prefixes, count)
    created = births(random, scale, before=0.5)
    kept = _choice(random, p.retention_days, p.prefixes)[prefix]
    expires = np.where(kept < NEVER, created.astype(np.int64) + kept, NEVER)

    opened = ~some(random, count, p.never_opened)
    owner = np.repeat(np.flatnonzero(opened), _openings(random, p, int(opened.sum())))
    late = random.random(len(owner)) ** (-1 / p.age_exponent)
    age = np.where(some(random, len(owner), p.first_day), 0, np.minimum(late, 1e6)).astype(np.int64)
    reads = [read_once(owner, np.minimum(created[owner] + age, NEVER - 1))]
    for share, period in ((p.monthly, 30), (p.quarterly, 91)):
        again = np.flatnonzero(some(random, count, share))
        reads.append(_periodic(again, created, period, scale.days))
    table = object_table(
        random, size_bytes=size, created=created, prefix=prefix, deleted=expires, expires=expires, extension=prefix % 4
    )
    return table, log_of(joined(reads), size)


def _openings(random: np.random.Generator, p: parameters.Lake, count: int) -> Int64s:
    edges = np.array([p.opened_once, p.opened_to_5, p.opened_to_10, p.opened_to_937])
    kind = np.searchsorted(edges, random.random(count))
    tail = np.minimum(937 * random.random(count) ** (-1 / (p.power - 1)), 50_000)
    drawn = [
        np.ones(count),
        random.integers(2, 6, count),
        random.integers(6, 11, count),
        np.exp(random.uniform(np.log(10), np.log(937), count)),
        tail,
    ]
    return np.choose(kind, drawn).astype(np.int64)


def _periodic(objects: Any, created: Int32s, period: int, days: int) -> Reads:  # noqa: ANN401 # whole numbers of any NumPy kind
    turns = np.arange(1, 2 * days // period + 2)
    day = created[objects][:, None] + turns[None, :] * period
    return read_once(np.repeat(objects, len(turns)), np.minimum(day.ravel(), NEVER - 1))


def key_value(
    random: np.random.Generator, scale: Scale, p: parameters.KeyValue = parameters.KEYVALUE
) -> tuple[ObjectTable, Log]:
    """Draw small values, read by a steady popularity."""
    count = scale.objects
    size = lognormal_bytes(random, p.size_median, p.size_sigma, count)
    prefix = random.integers(0, p.prefixes, count)
    created = births(random, scale, before=0.8)
    rank = random.permutation(count) + 1.0
    popularity = rank**-p.zipf
    rate = popularity / popularity.mean() * p.reads_per_object_day

    def daily(block: Int32s, days: Int32s) -> Floats:
        born = days[None, :] >= created[block][:, None]
        return np.where(born, rate[block][:, None], 0.0) * weekly(days, p.season)

    reads = poisson_reads(random, count, scale.days, daily)
    return object_table(random, size_bytes=size, created=created, prefix=prefix), log_of(reads, size)


def tenants(
    random: np.random.Generator, scale: Scale, p: parameters.Tenants = parameters.TENANTS
) -> tuple[ObjectTable, Log]:
    """Draw buckets with habits of their own, a third busy and idle by turns; half of all objects are read once."""
    count = scale.objects
    kind = np.searchsorted(np.cumsum([share for share, _, _ in p.sizes[:-1]]), random.random(count))
    low, high = (np.log([row[i] for row in p.sizes])[kind] for i in (1, 2))
    size = np.exp(random.uniform(low, high)).astype(np.int64)
    bucket = random.integers(0, p.buckets, count)
    created = births(random, scale, before=0.5)
    once = some(random, count, p.read_once)
    base = random.lognormal(np.log(p.rate_median), p.rate_sigma, p.buckets)
    exponent = random.uniform(0, p.zipf_max, p.buckets)
    rate = np.zeros(count)
    for b in range(p.buckets):
        mine = np.flatnonzero(bucket == b)
        popularity = (random.permutation(len(mine)) + 1.0) ** -exponent[b]
        rate[mine] = base[b] * popularity / max(popularity.mean(), 1e-12) if len(mine) else 0
    on = np.stack([_on_days(random, p, scale.days, switching=b < p.buckets * p.on_off) for b in range(p.buckets)])

    def daily(block: Int32s, days: Int32s) -> Floats:
        active = (days[None, :] >= created[block][:, None]) & ~once[block][:, None]
        return np.where(active, rate[block][:, None], 0.0) * on[bucket[block]]

    first = np.flatnonzero(once)
    soon = created[first] + random.exponential(p.read_once_within_days, len(first)).astype(np.int64)
    reads = joined([poisson_reads(random, count, scale.days, daily), read_once(first, soon)])
    return object_table(random, size_bytes=size, created=created, prefix=bucket, extension=kind), log_of(reads, size)


def _on_days(random: np.random.Generator, p: parameters.Tenants, count: int, *, switching: bool) -> Floats:
    if not switching:
        return np.ones(count)
    lengths: list[int] = []
    while sum(lengths) < 2 * count:
        drawn = random.lognormal(np.log([p.on_days_median, p.off_days_median]), p.on_off_sigma)
        lengths.extend(max(1, round(days)) for days in drawn)
    turns = np.repeat(np.arange(len(lengths)) % 2 == 0, lengths)
    start = int(random.integers(0, count))
    return turns[start : start + count].astype(float)


def backup(
    random: np.random.Generator, scale: Scale, p: parameters.Backup = parameters.BACKUP
) -> tuple[ObjectTable, Log]:
    """Draw backups: verified once, then silent unless a set is restored; every object says when it expires."""
    count = scale.objects
    size = lognormal_bytes(random, p.size_median, p.size_sigma, count)
    which = random.integers(0, p.sets, count)
    created = births(random, scale, before=0.5)
    kept = _choice(random, p.expiry_days, p.sets)[which]
    expires = created.astype(np.int64) + kept
    verified = np.flatnonzero(some(random, count, p.verified))
    reads = [read_once(verified, created[verified] + 1)]
    for one in range(p.sets):
        mine = np.flatnonzero(which == one)
        day = random.exponential(p.days_between_restores)
        while day < scale.days:
            alive = mine[(created[mine] <= day) & (expires[mine] > day)]
            newest = alive[np.argsort(-created[alive])]
            share = 0.5 if random.random() < p.half_the_set else p.newest
            hit = newest[: int(np.ceil(len(newest) * share))]
            reads.append(read_once(hit, np.full(len(hit), int(day))))
            day += random.exponential(p.days_between_restores)
    table = object_table(random, size_bytes=size, created=created, prefix=which, deleted=expires, expires=expires)
    return table, log_of(joined(reads), size)


def _choice(random: np.random.Generator, shares: Any, count: int) -> Int64s:  # noqa: ANN401 # pairs of share and days
    days = np.array([NEVER if value is None else value for _, value in shares], np.int64)
    return days[random.choice(len(days), count, p=[share for share, _ in shares])]


FAMILIES: Mapping[str, Family] = {
    "media": media,
    "lake": lake,
    "kv": key_value,
    "tenants": tenants,
    "backup": backup,
}
