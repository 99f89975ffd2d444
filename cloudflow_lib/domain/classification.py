"""
Hot, warm or cold: how often and how lately a file was read, and why that makes it what it is.

- **Hot**: read lately, and in one of the windows often enough.
- **Warm**: read within the last weeks, or often enough within 90 days, or too new to be judged.
- **Cold**: everything else, once access logs prove the silence.

Two things keep a file from flapping at an edge. To *stay* in a tier it needs only a part (`keep`) of
what brings it there: a file that is hot from 10 reads a week stays hot down to 6, one that is warm
up to 30 idle days stays warm up to 50. And nothing cools down while logs are missing: silence is no
proof where nobody was counting.

Large files have levels of their own. The retrieval fee of a cold class is paid per byte, so for them
a few reads already cost more than the storage saved: at list prices a class without that fee is
cheaper from 1.05 whole reads a month on. For small files the requests that a move costs weigh more
than any saving, so it takes a habit, not a read or two, to make them hot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from cloudflow_lib.domain.access import LogCoverage
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.domain.usage import Usage
from cloudflow_lib.errors import WrongInputError

DAY = timedelta(days=1)
MIB = 1024 * 1024
HEAT = {Tier.COLD: 0, Tier.WARM: 1, Tier.HOT: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """From how many reads on a file is hot or warm; one window that reaches its level is enough."""

    hot_1h: int = 4
    hot_1d: int = 4
    hot_7d: int = 10
    hot_30d: int = 30
    warm_90d: int = 4

    def __post_init__(self) -> None:
        if min(self.hot_1h, self.hot_1d, self.hot_7d, self.hot_30d, self.warm_90d) < 1:
            raise WrongInputError("levels of reads are whole numbers from 1 on")


LARGE_LEVELS = Levels(hot_1h=2, hot_1d=2, hot_7d=2, hot_30d=3, warm_90d=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What makes a file hot, warm or cold; a user may set each of them."""

    small: Levels = field(default_factory=Levels)
    large: Levels = LARGE_LEVELS
    large_bytes: int = 128 * MIB
    hot_within: timedelta = 14 * DAY
    """A burst that ended longer ago no longer makes a file hot."""
    warm_within: timedelta = 30 * DAY
    new_for: timedelta = 7 * DAY
    """How long a new file is warm without a single read; 0 judges it at once."""
    keep: float = 0.6
    """The part of a level that is enough to stay; 1 lets files flap."""
    needs_logs: bool = True
    """Whether only access logs prove that a file is not read. Otherwise silence alone cools files down."""
    logs_late: timedelta = 3 * DAY
    """Logs that end longer ago than this are taken for broken."""

    def __post_init__(self) -> None:
        if self.hot_within > self.warm_within:
            raise WrongInputError("a file cannot be hot for longer without a read than it is warm")
        if not 0 < self.keep <= 1:
            raise WrongInputError("`keep` lies above 0 and goes up to 1")
        if min(self.hot_within, self.new_for, self.logs_late) < timedelta(0) or self.large_bytes < 1:
            raise WrongInputError("times and sizes of thresholds are not negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What the catalogue knows about a file, as far as it matters here."""

    tier: Tier
    size_bytes: int
    first_seen_at: datetime
    coverage: LogCoverage | None
    """What time the access logs of its location tell about."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The tier, and why, in words for people."""

    tier: Tier
    reasons: tuple[str, ...]


def classify(file: FileFacts, usage: Usage, thresholds: Thresholds, now: datetime) -> Decision:
    """Decide what *file* is; the same facts decide the same again, whichever tier they led to."""
    decision = _by_use(file, usage, thresholds, now)
    if HEAT[decision.tier] >= HEAT[file.tier]:
        return decision
    if doubt := why_silence_proves_nothing(file.coverage, thresholds, now):
        return Decision(file.tier, (f"{doubt}: stays {file.tier}", *decision.reasons))
    return decision


def _by_use(file: FileFacts, usage: Usage, thresholds: Thresholds, now: datetime) -> Decision:
    is_large = file.size_bytes >= thresholds.large_bytes
    levels = thresholds.large if is_large else thresholds.small
    size = (f"large file ({file.size_bytes // MIB} MiB): few reads already cost more than storage",) if is_large else ()
    idle = None if usage.last_read_at is None else max(now - usage.last_read_at, timedelta(0))
    if reasons := tuple(_hot_reasons(file, usage, levels, thresholds, idle)):
        return Decision(Tier.HOT, (*reasons, *size))
    if reasons := tuple(_warm_reasons(file, usage, levels, thresholds, idle)):
        return Decision(Tier.WARM, (*reasons, *size))
    known_for = now - min(file.first_seen_at, usage.first_read_at or file.first_seen_at)
    if known_for < thresholds.new_for:
        return Decision(
            Tier.WARM, (f"new: known for {_days(known_for)} (warm for the first {_days(thresholds.new_for)})",)
        )
    if idle is None:
        return Decision(Tier.COLD, (f"never read in the {_days(known_for)} it has been known",))
    limit = thresholds.warm_within / (1 if file.tier is Tier.COLD else thresholds.keep)
    return Decision(Tier.COLD, (f"not read for {_days(idle)} (cold after {_days(limit)})",))


def _hot_reasons(
    file: FileFacts,
    usage: Usage,
    levels: Levels,
    thresholds: Thresholds,
    idle: timedelta | None,
) -> Iterator[str]:
    stays = file.tier is Tier.HOT
    part = thresholds.keep if stays else 1.0
    if idle is None or idle > thresholds.hot_within / part:
        return
    for reads, level, window in (
        (usage.reads_1h, levels.hot_1h, "1 hour"),
        (usage.reads_1d, levels.hot_1d, "1 day"),
        (usage.reads_7d, levels.hot_7d, "7 days"),
        (usage.reads_30d, levels.hot_30d, "30 days"),
    ):
        if reads >= ceil(level * part):
            rule = f"stays hot from {ceil(level * part)}" if reads < level else f"hot from {level}"
            yield f"read {_times(reads)} in {window} ({rule})"


def _warm_reasons(
    file: FileFacts,
    usage: Usage,
    levels: Levels,
    thresholds: Thresholds,
    idle: timedelta | None,
) -> Iterator[str]:
    part = 1.0 if file.tier is Tier.COLD else thresholds.keep
    level, limit = ceil(levels.warm_90d * part), thresholds.warm_within / part
    if idle is not None and idle <= limit:
        rule = "stays warm" if idle > thresholds.warm_within else "warm"
        shown = limit if idle > thresholds.warm_within else thresholds.warm_within
        yield f"last read {_days(idle)} ago ({rule} up to {_days(shown)})"
    if usage.reads_90d >= level:
        rule = f"stays warm from {level}" if usage.reads_90d < levels.warm_90d else f"warm from {levels.warm_90d}"
        yield f"read {_times(usage.reads_90d)} in 90 days ({rule})"


def why_silence_proves_nothing(coverage: LogCoverage | None, thresholds: Thresholds, now: datetime) -> str | None:
    """Return why files cannot be told unused by these access logs, or None where they can."""
    if not thresholds.needs_logs:
        return None
    if coverage is None:
        return "no access log of this location was read yet"
    if now - coverage.until > thresholds.logs_late:
        return f"the access logs end {_days(now - coverage.until)} ago"
    if now - coverage.since < thresholds.new_for:
        return f"the access logs reach back only {_days(now - coverage.since)}"
    return None


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _days(span: timedelta) -> str:
    if span < DAY:
        hours = int(span.total_seconds() // 3600)
        if not hours:
            return "less than 1 hour"
        return "1 hour" if hours == 1 else f"{hours} hours"
    return "1 day" if span.days == 1 else f"{span.days} days"
