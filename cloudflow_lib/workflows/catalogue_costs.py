"""What everything costs a month, by location, owner, class and storage class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from cloudflow_lib.domain.advising import MONTH, Advice
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.ports.recommendation_book import ClassCost
from cloudflow_lib.workflows.advising_cases import Page

Group = tuple[str, str, Tier, str]


@dataclass(slots=True)
class _Sum:
    files: int = 0
    size_bytes: int = 0
    storage: float = 0.0
    use: float = 0.0


class CostSums:
    """Adds up pages; storage is what the price book asks for, reads are those of the last 30 days."""

    def __init__(self) -> None:
        self._sums: dict[Group, _Sum] = {}

    def add(self, page: Page, advice: Advice) -> None:
        """Add the files of one page; those that lie in no priced class are left out."""
        here = page.cases.here
        rows = np.arange(len(here))
        storage, use = advice.storage[rows, here] * MONTH, advice.use[rows, here]
        for number, file in enumerate(page.files):
            if here[number] >= 0:
                group = (file.location_id, file.owner, file.tier, file.storage_class)
                total = self._sums.setdefault(group, _Sum())
                total.files += 1
                total.size_bytes += file.size_bytes
                total.storage += float(storage[number])
                total.use += float(use[number]) * page.uses[number].recent_reads * MONTH / 30

    @property
    def usd_per_month(self) -> float:
        """Return the cost of all that was added."""
        return sum(one.storage + one.use for one in self._sums.values())

    def sums(self, now: datetime) -> list[ClassCost]:
        """Return one cost per group."""
        return [
            ClassCost(
                location_id=location_id,
                owner=owner,
                tier=tier,
                storage_class=storage_class,
                files=one.files,
                size_bytes=one.size_bytes,
                storage_usd=one.storage,
                use_usd=one.use,
                priced_at=now,
            )
            for (location_id, owner, tier, storage_class), one in sorted(self._sums.items())
        ]
