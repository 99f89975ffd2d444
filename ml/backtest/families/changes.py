"""The same traces with something different after adoption: what a policy must not be harmed by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ml.backtest.families import parameters
from ml.backtest.families.draws import Reads, joined, log_of, read_once
from ml.backtest.traces import Labels, Log, Trace, assembled

Change = Callable[[np.random.Generator, Trace], Trace]


def wake(random: np.random.Generator, trace: Trace) -> Trace:
    """Let a third of the prefixes wake up and be read from some day on."""
    p = parameters.Changes()
    prefixes = len(trace.objects.prefix.names)
    woken = random.choice(prefixes, max(1, round(prefixes * p.woken)), replace=False)
    first = _within(random, trace, p.wakes_after)
    sleepers = np.flatnonzero(np.isin(trace.objects.prefix.codes, woken))
    days = np.arange(first, trace.days)
    drawn = random.poisson(p.woken_rate, (len(sleepers), len(days)))
    which, day = np.nonzero(drawn)
    return _with(trace, [Reads(sleepers[which].astype(np.int32), days[day].astype(np.int32), drawn[which, day])])


def scan(random: np.random.Generator, trace: Trace) -> Trace:
    """Let something read everything on two days."""
    p = parameters.Changes()
    first = _within(random, trace, p.scan_after)
    everything = np.arange(len(trace.objects))
    days = range(first, min(first + p.scan_days, trace.days))
    return _with(trace, [read_once(everything, np.full(len(everything), day)) for day in days])


def stop(random: np.random.Generator, trace: Trace) -> Trace:
    """Let all reads end at adoption."""
    del random
    return _of(trace, trace.log.picked(np.flatnonzero(trace.log.day < trace.history_days)))


def thin(random: np.random.Generator, trace: Trace) -> Trace:
    """Let one read in ten remain."""
    log = trace.log
    after = log.day >= trace.history_days
    kept = random.binomial(log.reads, parameters.Changes().thinned_to)
    reads = np.where(after, kept, log.reads)
    whole = np.divide(log.bytes_read, np.maximum(log.reads, 1))
    return _of(
        trace, replace(log, reads=reads, bytes_read=np.where(after, whole * kept, log.bytes_read).astype(np.int64))
    )


def shuffle(random: np.random.Generator, trace: Trace) -> Trace:
    """Let prefixes tell nothing: deal them out anew."""
    prefix = trace.objects.prefix
    dealt = Labels(codes=random.permutation(prefix.codes), names=prefix.names)
    return replace(trace, objects=replace(trace.objects, prefix=dealt))


CHANGES: Mapping[str, Change] = {"wake": wake, "scan": scan, "stop": stop, "thin": thin, "shuffle": shuffle}


def _within(random: np.random.Generator, trace: Trace, parts: tuple[float, float]) -> int:
    return trace.history_days + int(random.uniform(*parts) * (trace.days - trace.history_days))


def _with(trace: Trace, more: list[Reads]) -> Trace:
    added, log = log_of(joined(more), trace.objects.size_bytes), trace.log
    both = Log(
        object=np.concatenate([log.object, added.object]),
        day=np.concatenate([log.day, added.day]),
        reads=np.concatenate([log.reads, added.reads]),
        bytes_read=np.concatenate([log.bytes_read, added.bytes_read]),
        writes=np.concatenate([log.writes, added.writes]),
    )
    return _of(trace, both)


def _of(trace: Trace, log: Log) -> Trace:
    """Return the trace with another log (of overwrites: the writes of birth days are gone already)."""
    born = log.day == trace.objects.created[log.object]
    whole = replace(log, writes=np.where(born & (log.writes > 0), log.writes + 1, log.writes))
    return assembled(
        trace.objects,
        whole,
        name=trace.name,
        days=trace.days,
        history_days=trace.history_days,
        source=trace.source,
        licence=trace.licence,
    )
