"""What each day cost, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.cost_days import CostDay
from cloudflow_lib.domain.events import Event


class MemoryCostDays(Shelves):
    """CostDayBook on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._cost_days: dict[tuple[date, str], CostDay] = {}

    def put_cost_day(self, day: CostDay, event: Event | None) -> bool:
        with self._lock:
            known = self._cost_days.get((day.day, day.owner))
            if known is not None and known.worked_out_at >= day.worked_out_at:
                return False
            self._cost_days[day.day, day.owner] = day
            if event is not None:
                self._tell([event])
            return True

    def cost_days(self, since: date, until: date, *, owner: str | None = None) -> Sequence[CostDay]:
        with self._lock:
            found = sorted(self._cost_days.items())
        return [one for (day, whose), one in found if since <= day <= until and owner in (None, whose)]

    def cost_owners(self, since: date, until: date) -> Sequence[str]:
        with self._lock:
            return sorted({owner for day, owner in self._cost_days if since <= day <= until})
