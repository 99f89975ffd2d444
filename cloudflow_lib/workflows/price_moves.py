"""What moving files to one class of one place costs once, and saves a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.recommendations import Spot
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.workflows.advising_cases import AdviceRules, Choices
from cloudflow_lib.workflows.apply_policy import MovePrice
from cloudflow_lib.workflows.price_classes import ClassPrice, price_classes
from cloudflow_lib.workflows.services import Services


class MovePrices:
    """
    Prices moves that people ask for, wherever they lead.

    What may be recommended does not matter here; a place or a class without a price has none.
    """

    def __init__(self, services: Services, thresholds: Thresholds, rules: AdviceRules) -> None:
        self._services, self._thresholds, self._rules = services, thresholds, rules
        self._choices: dict[tuple[str, str], Choices] = {}

    def __call__(self, files: Sequence[CatalogFile], location_id: str, storage_class: str) -> Mapping[str, MovePrice]:
        """Return by file id what moving *files* there costs, without those of which nobody knows it."""
        goal = Spot(location_id=location_id, storage_class=storage_class, tier=Tier.COLD)
        found: dict[str, MovePrice] = {}
        for source in dict.fromkeys(file.location_id for file in files):
            some = [file for file in files if file.location_id == source]
            choices = self._choices_between(source, location_id)
            classes = price_classes(some, self._services, self._thresholds, self._rules, choices=choices, also=goal)
            for file, priced in zip(some, classes, strict=True):
                if price := _between(priced, goal):
                    found[file.file_id] = price
        return found

    def _choices_between(self, source: str, destination: str) -> Choices:
        """Read what lies between two places once, for all their files."""
        places = (source, destination)
        if places not in self._choices:
            others = () if source == destination else (destination,)
            self._choices[places] = Choices(self._services, replace(self._rules, destinations={source: others}))
        return self._choices[places]


def _between(priced: Sequence[ClassPrice], goal: Spot) -> MovePrice | None:
    here = next((one for one in priced if one.is_here), None)
    there = next((one for one in priced if one.spot.is_same_place(goal)), None)
    if here is None or there is None:
        return None
    return MovePrice(once_usd=there.once_usd, saves_per_month=here.usd_per_month - there.usd_per_month)
