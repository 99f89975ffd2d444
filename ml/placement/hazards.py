"""
How likely a use is on the next day: counted, and shrunk from the account to the group to the class.

Few observations say little: what one group shows is drawn towards what all show, and a long silence
lowers what the account expects. Everything is counts of days, so a shipped prior is counts as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cloudflow_lib.domain.timelines import Bools, Floats, Int32s
from ml.placement.fading import fading
from ml.placement.states import BUCKETS, COUNT_MIDDLES, IDLE_FROM, KINDS, MIDDLE, UNKNOWN, WIDTH, bucket
from ml.placement.usage import Spells

BANDS: Int32s = np.array([1, 14], np.int32)
"""Idle days from which what a use consists of is counted anew."""
MOST_READS = 30.0
FADES_IN_DAYS = 240
"""Half-life of an observation."""
ACCOUNT, GROUP, KIND, CELL = 3.0, 8.0, 8.0, 10.0
"""Pseudo-events of each level of shrinkage."""
USE_EVENTS = 5.0
TOGETHER_IDLE = 4
OCCASIONS = 2.0
"""So many times a group must have been used to be known by itself for how much of it is used at once."""
CAUTION = 1.0
NEAR: Floats = np.exp(-1.5 * np.abs(np.arange(BUCKETS)[:, None] - np.arange(BUCKETS)[None, :]))
"""How much a bucket tells about another."""
NEVER_USED = 0.03
COUNTED_DAYS = (8.0, 20.0, 65.0)
"""Over how many days the uses of an object were counted that young; the last is what the half-life amounts to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Days watched and what happened on them: groups x classes x buckets; the last group is everybody."""

    days: Floats
    uses: Floats
    ends: Floats
    """Deletions that nobody announced."""
    content: Floats
    """Groups x classes x bands x (uses, reads, parts of size read, writes)."""
    together: Floats
    """Groups: how many objects behave as one; so many are one observation. The last is of those in no group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazards:
    """What to expect of a day: groups x classes x buckets."""

    use: Floats
    fear: Floats
    """Groups: how many times dearer a read is taken to be in classes that charge for it; losses taught that."""
    end: Floats
    reads: Floats
    """On a day of use."""
    bytes_part: Floats
    writes: Floats


def counted(spells: Spells, group: Int32s, groups: int, day: int, ignored: Bools) -> Counts:
    """Return the counts of spells but those ignored; *group* is of each object, -1 for none in particular."""
    weight = np.where(ignored, 0.0, 0.5 ** ((day - spells.end) / FADES_IN_DAYS))
    of = group[spells.object]
    days = _exposed(spells, weight, of, groups)
    at = (np.where(of < 0, groups, of) * KINDS + spells.kind) * BUCKETS + bucket(spells.idle_days)
    shape = (groups + 1, KINDS, BUCKETS)

    def per_cell(chosen: Floats) -> Floats:
        table = np.bincount(at, weight * chosen, (groups + 1) * KINDS * BUCKETS).astype(float).reshape(shape)
        table[groups] += table[:groups].sum(axis=0)
        return table

    uses, ends = per_cell(spells.used.astype(float)), per_cell(spells.gone.astype(float))
    return Counts(
        days=days,
        uses=uses,
        ends=ends,
        content=_content(spells, weight, of, groups),
        together=_together(spells, of, groups),
    )


def _together(spells: Spells, of: Int32s, groups: int) -> Floats:
    """
    Return how many objects of each group behave as one: as many as are used at once when they rest, beyond chance.

    What was hardly ever used shows nothing of that: it is taken to behave as the other groups do, for its
    size. A thousand objects that are only ever read together have kept silent once, not a thousand times.
    """
    rows = np.flatnonzero(spells.used & (spells.idle_days >= TOGETHER_IDLE))
    if not len(rows):
        return np.ones(groups + 1)
    whose = np.where(of < 0, groups, of)
    end, group = spells.end[rows], whose[rows]
    span = int(end.max() - end.min()) + 1
    daily = np.bincount(group * span + end - end.min(), minlength=(groups + 1) * span).reshape(-1, span)
    uses = daily.sum(axis=1)
    met = np.maximum((daily.astype(float) ** 2).sum(axis=1) / np.maximum(uses, 1) - daily.mean(axis=1), 1.0)
    size = np.bincount(whose[~spells.used], minlength=groups + 1)  # one spell of each object is still going on
    occasions = uses / met
    share = float((occasions * met / np.maximum(size, 1)).sum() / occasions.sum())
    alike: Floats = (occasions * met + OCCASIONS * np.maximum(share * size, 1.0)) / (occasions + OCCASIONS)
    return alike


def _exposed(spells: Spells, weight: Floats, of: Int32s, groups: int) -> Floats:
    """Return days watched: a spell that lasted n days was watched in each bucket up to n."""
    length = spells.idle_days + spells.used
    watched = np.flatnonzero(length > 0)
    last = bucket(length[watched] - 1)
    row = np.where(of < 0, groups, of)[watched] * KINDS + spells.kind[watched]
    size = (groups + 1) * KINDS * BUCKETS
    at = row * BUCKETS + last
    w = weight[watched]
    shape = (groups + 1, KINDS, BUCKETS)
    ended = np.bincount(at, w, size).reshape(shape)
    part = np.bincount(at, w * (length[watched] - IDLE_FROM[last]), size).reshape(shape)
    longer = ended[..., ::-1].cumsum(axis=-1)[..., ::-1] - ended
    days: Floats = part + longer * WIDTH
    days[groups] += days[:groups].sum(axis=0)
    return days


def _content(spells: Spells, weight: Floats, of: Int32s, groups: int) -> Floats:
    used = np.flatnonzero(spells.used)
    band = np.searchsorted(BANDS, spells.idle_days[used], side="right")
    bands = len(BANDS) + 1
    at = (np.where(of < 0, groups, of)[used] * KINDS + spells.kind[used]) * bands + band
    columns = (
        np.ones(len(used)),
        np.minimum(spells.reads[used], MOST_READS),
        np.minimum(spells.bytes_part[used], MOST_READS),
        np.minimum(spells.writes[used], MOST_READS),
    )
    size = (groups + 1) * KINDS * bands
    table: Floats = np.stack([np.bincount(at, weight[used] * c, size) for c in columns], axis=-1)
    content: Floats = table.reshape(groups + 1, KINDS, bands, len(columns))
    content[groups] += content[:groups].sum(axis=0)
    return content


def hazards(counts: Counts, doubt: Floats, *, caution: float = CAUTION) -> Hazards:
    """
    Return what the counts let expect, and with *doubt* how far it is feared; the last group is everybody.

    *caution* is how much likelier a use is taken to be than it looks where nothing was seen: 1 is twice as likely.
    """
    reads, bytes_part, writes = _expected_content(counts.content)
    uses, days = (_independent(one, counts.together) for one in (counts.uses, counts.days))
    use = _shrunk(uses, days, first=unseen_use())
    return Hazards(
        use=np.clip(use * _cautious(uses, caution), 1e-7, 0.98),
        fear=2 * doubt - 1,  # a use that was not expected is paid for twice: the read, and the way back
        end=np.clip(_shrunk(counts.ends, counts.days, first=np.full(KINDS, 0.0005)), 0.0, 0.5),
        reads=reads,
        bytes_part=bytes_part,
        writes=writes,
    )


def _independent(counts: Floats, together: Floats) -> Floats:
    """Return the counts as if each group had only as many objects as behave on their own; the last adds them up."""
    own = counts.copy()
    own[-1] -= counts[:-1].sum(axis=0)
    own /= together[:, None, None]
    own[-1] += own[:-1].sum(axis=0)
    return own


def _shrunk(events: Floats, days: Floats, *, first: Floats) -> Floats:
    """Return rates: everybody's, shifted by what each group, then each of its classes, then the cell shows."""
    everybody = _account(events[-1], days[-1], first)
    expected = days * everybody
    kind = np.empty(events.shape[:2])
    for block in (slice(0, UNKNOWN + 1), slice(UNKNOWN + 1, KINDS)):
        # Who was never used says nothing about who was: their factors are learned apart.
        total, total_expected = events[:, block].sum(axis=(1, 2)), expected[:, block].sum(axis=(1, 2))
        group = (total + GROUP) / (total_expected + GROUP)
        each = (events[:, block].sum(axis=2), expected[:, block].sum(axis=2))
        kind[:, block] = (each[0] + KIND * group[:, None]) / (each[1] + KIND)
    odds = everybody / (1 - everybody) * kind[:, :, None]
    base = odds / (1 + odds)
    base[-1] = everybody
    rate: Floats = (events @ NEAR + CELL) / (days @ NEAR + CELL / np.maximum(base, 1e-9))
    return rate


def _cautious(events: Floats, caution: float) -> Floats:
    """Return by how much likelier uses are taken to be for lack of evidence: being read in the cold is what costs."""
    evidence = events[:-1].sum(axis=0) @ NEAR
    factor: Floats = 1 + caution / np.sqrt(1 + evidence)
    return factor


def _account(events: Floats, days: Floats, first: Floats) -> Floats:
    """Return everybody's rates: a bucket is drawn towards the one before it, lowered as silence grows and uses fade."""
    rate = np.zeros((KINDS, BUCKETS))
    patience = 0.5 / first
    power = fading(events, days, first, patience)
    before = (events.sum(axis=1) + 1) / (days.sum(axis=1) + 1 / first)
    for r in range(BUCKETS):
        if r:
            before = before * ((MIDDLE[r - 1] + patience) / (MIDDLE[r] + patience)) ** power
        before = np.minimum((events[:, r] + ACCOUNT) / (days[:, r] + ACCOUNT / np.maximum(before, 1e-9)), 0.98)
        rate[:, r] = before
    return rate


def unseen_use() -> Floats:
    """Return what to expect of each class of use before anybody was seen in it: uses by the days they took."""
    rates = [NEVER_USED, NEVER_USED]
    for count in COUNT_MIDDLES:
        rates += [min(0.5 * count / days, 0.6) for days in COUNTED_DAYS]
    return np.array(rates)


def _expected_content(content: Floats) -> tuple[Floats, Floats, Floats]:
    band = np.searchsorted(BANDS, IDLE_FROM, side="right")
    total = content[-1].sum(axis=(0, 1))
    default = np.where(total[0] > 0, total[1:] / max(total[0], 1e-9), [1.0, 1.0, 0.0])
    everybody = (content[-1][..., 1:] + USE_EVENTS * default) / (content[-1][..., :1] + USE_EVENTS)
    each = (content[..., 1:] + USE_EVENTS * everybody) / (content[..., :1] + USE_EVENTS)
    wide = each[:, :, band, :]
    return wide[..., 0], wide[..., 1], wide[..., 2]
