"""What a stretch of days cost, split as people ask for it, beside the stretch before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cloudflow_lib.domain.cost_days import CostDay, CostLine
from cloudflow_lib.domain.prices import Part
from cloudflow_lib.domain.tiers import Tier


class Split(StrEnum):
    """By what the groups of a report are told apart."""

    TIER = "tier"
    LOCATION = "location"
    STORAGE_CLASS = "storage_class"
    OWNER = "owner"
    PREFIX = "prefix"


NAMES: Mapping[Split, Callable[[CostDay, CostLine], str]] = {
    Split.TIER: lambda _day, line: line.tier.value,
    Split.LOCATION: lambda _day, line: line.location_id,
    Split.STORAGE_CLASS: lambda _day, line: line.storage_class,
    Split.OWNER: lambda day, _line: day.owner,
    Split.PREFIX: lambda _day, line: f"{line.location_id}/{line.prefix}",
}


@dataclass(slots=True)
class GroupSum:
    """What one group cost, in nano-dollars."""

    name: str
    now: int = 0
    before: int = 0
    """In as many days before."""
    size_bytes: int = 0
    """On the last day."""

    def add(self, line: CostLine, *, is_before: bool, is_last: bool) -> None:
        """Add a line of a day."""
        if is_before:
            self.before += line.nanodollars
        else:
            self.now += line.nanodollars
            self.size_bytes += line.size_bytes if is_last else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """A stretch of days, in nano-dollars."""

    since: date
    until: date
    now: int
    before: int | None
    """Of as many days before; None where not all of them are known."""
    days: Sequence[tuple[date, Mapping[Tier, int]]]
    sizes: Mapping[date, Mapping[Tier, int]]
    """The bytes that lay there on each of the days."""
    groups: Sequence[GroupSum]
    parts: Mapping[Part, int]


def cost_report(days: Sequence[CostDay], since: date, until: date, split: Split) -> CostReport:
    """Sum up *days*, among which those of the stretch before may be."""
    groups: dict[str, GroupSum] = {}
    by_day: dict[date, dict[Tier, int]] = {}
    sizes: dict[date, dict[Tier, int]] = {}
    parts = dict.fromkeys(Part, 0)
    last = max((day.day for day in days if since <= day.day <= until), default=until)
    known: set[date] = set()
    for day in days:
        known.add(day.day)
        for line in day.lines:
            name = NAMES[split](day, line)
            group = groups.setdefault(name, GroupSum(name))
            group.add(line, is_before=day.day < since, is_last=day.day == last)
            if day.day >= since:
                tiers = by_day.setdefault(day.day, dict.fromkeys(Tier, 0))
                tiers[line.tier] += line.nanodollars
                sizes.setdefault(day.day, dict.fromkeys(Tier, 0))[line.tier] += line.size_bytes
                for charge in line.charges:
                    parts[charge.part] += charge.nanodollars
    length = (until - since).days + 1
    is_whole = all(since - timedelta(days=back) in known for back in range(1, length + 1))
    return CostReport(
        since=since,
        until=until,
        now=sum(group.now for group in groups.values()),
        before=sum(group.before for group in groups.values()) if is_whole else None,
        days=sorted(by_day.items()),
        sizes=sizes,
        groups=sorted(groups.values(), key=lambda group: (-group.now, group.name)),
        parts=parts,
    )
