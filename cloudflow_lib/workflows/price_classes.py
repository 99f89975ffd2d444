"""What one file costs a month in each class where it may lie, and what moving it there costs once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cloudflow_lib.domain.advising import MONTH, advise
from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.moving_costs import Tariff, once_parts
from cloudflow_lib.domain.recommendations import Spot
from cloudflow_lib.workflows.advising_cases import AdviceRules, Choices, page_of
from cloudflow_lib.workflows.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPrice:
    """One class as it would be for one file, in dollars."""

    spot: Spot
    is_here: bool
    storage_usd: float
    """A month without reads."""
    use_usd: float
    """Requests and retrieval of a month, read as it is expected to be."""
    once_usd: float
    """Of moving it there; 0 where it lies."""
    minimum_days: int
    """Left sooner, the rest of them is paid all the same."""
    is_instant: bool
    """Whether it can be read at once."""

    @property
    def usd_per_month(self) -> float:
        """Return the whole."""
        return self.storage_usd + self.use_usd


def price_classes(
    files: Sequence[CatalogFile],
    services: Services,
    thresholds: Thresholds,
    rules: AdviceRules,
    *,
    choices: Choices | None = None,
    also: Spot | None = None,
) -> Sequence[Sequence[ClassPrice]]:
    """
    Return for each of *files*, all of one location, the classes that it means by hot, warm and cold, and its own.

    None without prices. Whoever asks again brings the same *choices* each time. *also* is told whatever speaks
    against it: a person asked for it.
    """
    choices = choices or Choices(services, rules)
    choice = choices.of(files[0].location_id)
    if choice is None:
        return [()] * len(files)
    page = page_of(files, choice, choices, services, thresholds)
    cases, options = page.cases, choice.options
    tariff = Tariff.of(options, cases.size_bytes, cases.idle_days)
    advice = advise(options, cases, rules.guards)
    parts = once_parts(options, tariff, cases.size_bytes, cases.here, cases.held_days, cases.age_days)
    once = sum(parts.values(), np.zeros((len(files), len(options))))
    return [
        [
            ClassPrice(
                spot=option.spot,
                is_here=number == here,
                storage_usd=float(advice.storage[row, number]) * MONTH,
                use_usd=float(advice.use[row, number] * cases.reads[row]) * MONTH,
                once_usd=float(once[row, number]),
                minimum_days=int(tariff.minimum_days[number]),
                is_instant=bool(tariff.instant[number]),
            )
            for number, option in enumerate(options)
            if number == here
            or (choice.advised[number] and cases.may_go[row, number])
            or (also and option.spot.is_same_place(also))
        ]
        for row, here in enumerate(cases.here.tolist())
    ]
