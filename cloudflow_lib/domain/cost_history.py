"""What past days cost as two series: what is paid for what lies there, and what is paid for its use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from cloudflow_lib.domain.cost_days import CostDay, dollars
from cloudflow_lib.domain.prices import Part
from cloudflow_lib.domain.timelines import Floats

OF_STOCK = frozenset({Part.STORAGE, Part.MONITORING})


def daily_costs(days: Sequence[CostDay], until: date) -> tuple[Floats, Floats]:
    """
    Return dollars of stock and of use for each day from the first known one to *until*.

    A day that was not worked out costs what the day before did: nothing moved that anybody knows of.
    """
    if not days:
        return np.zeros(0), np.zeros(0)
    first = min(day.day for day in days)
    count = (until - first).days + 1
    sums: dict[int, list[int]] = {}
    for day in days:
        amounts = sums.setdefault((day.day - first).days, [0, 0])
        for line in day.lines:
            for charge in line.charges:
                amounts[charge.part not in OF_STOCK] += charge.nanodollars
    stock, use = np.zeros(count), np.zeros(count)
    known = [0, 0]
    for number in range(count):
        known = sums.get(number, known)
        stock[number], use[number] = dollars(known[0]), dollars(known[1])
    return stock, use
