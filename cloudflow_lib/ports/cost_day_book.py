"""What we ask of the catalogue about what each day cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from cloudflow_lib.domain.cost_days import CostDay
from cloudflow_lib.domain.events import Event


class CostDayBook(Protocol):
    """One cost per owner and day."""

    def put_cost_day(self, day: CostDay, event: Event | None) -> bool:
        """
        Keep *day* in place of an earlier version of it, with its event, and return whether it was kept.

        One that was worked out later, or at the same moment, stays.
        """
        ...

    def cost_days(self, since: date, until: date, *, owner: str | None = None) -> Sequence[CostDay]:
        """Return the days from *since* to *until*, both included, by day and owner; owner None means all."""
        ...

    def cost_owners(self, since: date, until: date) -> Sequence[str]:
        """Return whose days from *since* to *until* are known, in order."""
        ...
