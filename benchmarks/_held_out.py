"""
Families beyond those of development: what a policy is worth on use that it was not made for.

Shapes and numbers are invented to be unlike the development families; sizes, births and names are
drawn with the same tools. Which of them showed weaknesses that were then mended is told beside the tables
(`LOOKED_AT`); nothing was ever changed because of a figure of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks._held_out_bursts import BURSTS, MIB, Drawn
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
)
from ml.backtest.families.families import Family, backup, key_value, lake, media, tenants
from ml.backtest.traces import NEVER

WEEKDAYS, QUARTERLY = 5, 3


def workdays(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw office files: read on working days only, less with every month, and all of a month at its end."""
    count = scale.objects
    size = lognormal_bytes(random, 6 * MIB, 1.6, count)
    prefix, created = random.integers(0, 15, count), births(random, scale, before=0.6)
    rate = random.lognormal(np.log(0.15), 1.2, count)

    def daily(block: Any, days: Any) -> Any:  # noqa: ANN401 # NumPy arrays
        age = days[None, :] - created[block][:, None]
        fades = rate[block][:, None] * 0.5 ** (np.maximum(age, 0) / 40)
        return np.where((age >= 0) & (days % 7 < WEEKDAYS)[None, :], fades, 0.0)

    close = np.flatnonzero(some(random, count, 0.5))
    end = (created[close] // 30 + 1) * 30 + 2
    reads = [poisson_reads(random, count, scale.days, daily), read_once(close, end)]
    return object_table(random, size_bytes=size, created=created, prefix=prefix), log_of(joined(reads), size)


def projects(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw projects, a prefix each: busy for some months, closed, and now and then opened again for weeks."""
    count, number = scale.objects, 30
    size = lognormal_bytes(random, 40 * MIB, 1.8, count)
    project = random.integers(0, number, count)
    begin = random.integers(-scale.days // 2, scale.days, number)
    lasts = random.lognormal(np.log(90), 0.5, number)
    created = (begin[project] + random.random(count) * lasts[project]).astype(np.int32)
    created = np.minimum(created, scale.days - 1).astype(np.int32)
    busy = np.zeros((number, scale.days))
    for one in range(number):
        busy[one, max(begin[one], 0) : max(int(begin[one] + lasts[one]), 0)] = 0.08
        for again in random.uniform(begin[one], begin[one] + 700, random.poisson(1.0)):
            busy[one, max(int(again), 0) : max(int(again) + 20, 0)] = 0.05

    def daily(block: Any, days: Any) -> Any:  # noqa: ANN401 # NumPy arrays
        return np.where(days[None, :] >= created[block][:, None], busy[project[block]], 0.0)

    reads = poisson_reads(random, count, scale.days, daily)
    return object_table(random, size_bytes=size, created=created, prefix=project), log_of(reads, size)


def seasons(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw what comes back every year, and what comes back with every quarter's report."""
    count = scale.objects
    size = lognormal_bytes(random, 20 * MIB, 1.5, count)
    prefix, created = random.integers(0, 12, count), births(random, scale, before=0.7)
    day_of_year = random.integers(0, 365, 12)[prefix]
    reads = [read_once(np.arange(count), created + random.integers(0, 4, count))]
    for year in range(-1, scale.days // 365 + 1):
        hit = np.flatnonzero(some(random, count, 0.6))
        reads.append(read_once(hit, year * 365 + day_of_year[hit] + random.integers(0, 10, len(hit))))
    for quarter in range(scale.days // 91):
        hit = np.flatnonzero((prefix < QUARTERLY) & some(random, count, 0.7))
        reads.append(read_once(hit, 91 * quarter + 5 + random.integers(0, 3, len(hit))))
    return object_table(random, size_bytes=size, created=created, prefix=prefix), log_of(joined(reads), size)


def logs(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw logs: read by a pipeline on the next day, kept for a year, searched after incidents by days and service."""
    count = scale.objects
    size = lognormal_bytes(random, 60 * MIB, 1.0, count)
    service = random.integers(0, 16, count)
    created = random.integers(-365, scale.days, count).astype(np.int32)
    expires = created + np.array([30, 90, 365, 730])[random.integers(0, 4, 16)][service]
    reads = [read_once(np.arange(count), created + 1)]
    for _ in range(random.poisson(scale.days / 20)):
        day, of, back = (
            int(random.integers(0, scale.days)),
            int(random.integers(0, 16)),
            int(random.exponential(20)) + 2,
        )
        hit = np.flatnonzero((service == of) & (created <= day) & (created > day - back))
        reads += [read_once(hit, np.full(len(hit), day + more)) for more in range(int(random.integers(1, 4)))]
    table = object_table(random, size_bytes=size, created=created, prefix=service, deleted=expires, expires=expires)
    return table, log_of(joined(reads), size)


def epochs(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw training sets: every epoch reads a whole set, for days on end, with long pauses in between."""
    count, sets = scale.objects, 18
    size = lognormal_bytes(random, 12 * MIB, 1.2, count)
    which = random.integers(0, sets, count)
    birth = random.integers(-300, scale.days - 60, sets)
    created = (birth[which] + random.integers(0, 5, count)).astype(np.int32)
    reads = [read_once(np.empty(0, np.int32), np.empty(0, np.int32))]
    for one in range(sets):
        mine, day = np.flatnonzero(which == one), float(birth[one] + random.exponential(20))
        while day < scale.days:
            lasts = int(random.integers(3, 25))
            reads += [read_once(mine, np.full(len(mine), int(day) + epoch)) for epoch in range(lasts)]
            day += 25 + random.exponential(120)
    return object_table(random, size_bytes=size, created=created, prefix=which), log_of(joined(reads), size)


def crawls(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw snapshots of a crawl, a prefix a month: processed in their first week, then sampled; old ones superseded."""
    count = scale.objects
    months = scale.days // 30 + 12
    month = random.integers(0, months, count)
    created = (month * 30 - 360 + random.integers(0, 6, count)).astype(np.int32)
    created = np.minimum(created, scale.days - 1).astype(np.int32)
    size = lognormal_bytes(random, 90 * MIB, 0.8, count)
    processed = [read_once(np.arange(count), created + 1 + random.integers(0, 5, count)) for _ in range(2)]

    def daily(block: Any, days: Any) -> Any:  # noqa: ANN401 # NumPy arrays
        age = days[None, :] - created[block][:, None]
        return np.where(age > 7, 0.004 * (1 + age.clip(0) / 30) ** -1.0, 0.0)  # noqa: PLR2004 # a week

    sampled = poisson_reads(random, count, scale.days, daily)
    superseded = np.where(some(random, count, 0.3), created + 200, NEVER)
    table = object_table(random, size_bytes=size, created=created, prefix=month, deleted=superseded)
    return table, log_of(joined([*processed, sampled]), size)


def mixed(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw an account that holds all of the above, a part each."""
    kinds = (workdays, projects, seasons, logs, epochs, crawls, media, lake)
    part = replace(scale, objects=max(scale.objects // len(kinds), 1))
    tables, rows, objects, prefixes = [], [], 0, 0
    for kind in kinds:
        table, log = kind(random, part)
        tables.append((table, prefixes))
        rows.append(Reads(log.object + objects, log.day, log.reads))
        objects += len(table)
        prefixes += len(table.prefix.names)
    size = np.concatenate([table.size_bytes for table, _ in tables])
    whole = object_table(
        random,
        size_bytes=size,
        created=np.concatenate([table.created for table, _ in tables]),
        prefix=np.concatenate([table.prefix.codes + before for table, before in tables]),
        deleted=np.concatenate([table.deleted for table, _ in tables]),
        expires=np.concatenate([table.expires for table, _ in tables]),
    )
    return whole, log_of(joined(rows), size)


PERTURBED: Mapping[str, Family] = {
    "media, slower and flatter": partial(
        media, p=parameters.Media(decay=0.7, first_rate_median=0.3, flat_types=0.3, prefixes=9)
    ),
    "lake, opened later": partial(
        lake, p=parameters.Lake(first_day=0.5, age_exponent=0.35, monthly=0.25, quarterly=0.1, prefixes=40)
    ),
    "values, larger": partial(
        key_value, p=parameters.KeyValue(size_median=1 * MIB, zipf=0.9, reads_per_object_day=0.1)
    ),
    "tenants, switching": partial(tenants, p=parameters.Tenants(on_off=0.8, rate_median=0.04, read_once=0.2)),
    "backup, restored often": partial(backup, p=parameters.Backup(days_between_restores=60, half_the_set=0.5, sets=8)),
}

HELD_OUT: Mapping[str, Family] = {
    "workdays": workdays,
    "projects": projects,
    "seasons": seasons,
    "logs": logs,
    "epochs": epochs,
    "crawls": crawls,
    "mixed": mixed,
    **PERTURBED,
    **BURSTS,
}
