"""Making a trace of a family from a seed: the same seed, the same trace."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from cloudflow_lib.errors import WrongInputError
from ml.backtest.families.changes import CHANGES
from ml.backtest.families.draws import Scale
from ml.backtest.families.families import FAMILIES, Family
from ml.backtest.traces import Trace, assembled


def make_trace(family: str, seed: int, scale: Scale | None = None, change: str | None = None) -> Trace:
    """Return a trace; WrongInputError for a family or change that there is none of."""
    if family not in FAMILIES:
        raise WrongInputError(f"there is no family {family!r}; there are {', '.join(FAMILIES)}")
    return draw_trace(family, FAMILIES[family], seed, scale, change)


def draw_trace(name: str, family: Family, seed: int, scale: Scale | None = None, change: str | None = None) -> Trace:
    """Return a trace of any family, known here or not."""
    scale = scale or Scale()
    if change is not None and change not in CHANGES:
        raise WrongInputError(f"there is no change {change!r}; there are {', '.join(CHANGES)}")
    if scale.history_days >= scale.days:
        raise WrongInputError(f"{scale.history_days} days of history leave none of the {scale.days} days")
    random = np.random.default_rng([zlib.crc32(name.encode()), seed])
    table, log = family(random, scale)
    trace = assembled(
        table,
        log,
        name="-".join([name, *([change] if change else []), str(seed)]),
        days=scale.days,
        history_days=scale.history_days,
        source=f"drawn by CloudFlow: family {name}, seed {seed}",
        licence="CC0-1.0",
    )
    changed = CHANGES[change](random, trace) if change else trace
    return replace(changed, left_out={})  # what is drawn beyond a life is no mistake of anybody's
