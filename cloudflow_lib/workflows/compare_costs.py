"""What all files cost a month as they lie, and what they would cost if the providers moved them by themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cloudflow_lib.domain.advising import MONTH, Cases
from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.moving_costs import Option, Tariff
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.prices_derived import MANAGED_RULES, managed_class_of, with_rules
from cloudflow_lib.domain.recommendations import Spot
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.domain.timelines import Floats
from cloudflow_lib.workflows.advising_cases import AdviceRules, Choice, Choices, Page, page_of
from cloudflow_lib.workflows.services import Services

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CostComparison:
    """In dollars a month, of the files that lie in a priced class, at the reads of the last 30 days."""

    files: int
    size_bytes: int
    now: float
    all_hot: float
    """If everything lay in the warmest class."""
    managed: float
    """If everything had always lain in S3 Intelligent-Tiering, Azure's smart tier or Google's Autoclass."""


def compare_costs(
    services: Services, thresholds: Thresholds, location_ids: Collection[str] | None = None
) -> CostComparison:
    """Price every present file as it lies, in the warmest class, and in its provider's own managed one."""
    choices = Choices(services, AdviceRules())
    files = size = 0
    sums: Floats = np.zeros(3)
    names = (None,) if location_ids is None else location_ids
    for page in (page for name in names for page in services.catalog.iter_files(name)):
        for start in range(0, len(page), PAGE):
            for choice, some in _by_choice(page[start : start + PAGE], choices):
                described = page_of(some, choice, choices, services, thresholds)
                sums += _costs(described)
                files += len(some)
                size += int(described.cases.size_bytes.sum())
    return CostComparison(
        files=files, size_bytes=size, now=float(sums[0]), all_hot=float(sums[1]), managed=float(sums[2])
    )


def _by_choice(files: Sequence[CatalogFile], choices: Choices) -> Iterator[tuple[Choice, Sequence[CatalogFile]]]:
    """Yield the priced files of each location."""
    for location_id in sorted({file.location_id for file in files}):
        choice = choices.of(location_id)
        if choice is None:
            continue
        mine = [one for one in files if one.location_id == location_id and choice.number(one.storage_class) >= 0]
        if mine:
            yield choice, mine


def _costs(page: Page) -> Floats:
    """Return dollars a month as the files lie, all hot, and managed."""
    cases = page.cases
    options = _others(page.choice.book)
    ruled = Tariff.of(options, cases.size_bytes, cases.idle_days)
    lain = Tariff.of(page.choice.options, cases.size_bytes, cases.counted_days)
    reads = np.array([use.recent_reads for use in page.uses]) / 30
    own = np.take_along_axis(_cost(lain, cases, reads), cases.here[:, None].astype(np.int64), axis=1)
    cost = _cost(ruled, cases, reads)
    return MONTH * np.array([own.sum(), cost[:, 0].sum(), cost[:, 1].sum()])


def _cost(tariff: Tariff, cases: Cases, reads: Floats) -> Floats:
    """Return N x options dollars a day, with so many reads."""
    use = tariff.read[None, :] + cases.bytes_per_read[:, None] * tariff.retrieval[None, :]
    cost: Floats = tariff.day + reads[:, None] * use
    return cost


def _others(book: PriceBook) -> list[Option]:
    """Return the warmest class, and the class that the provider manages itself."""
    ruled = with_rules(book)
    rule = next((one for one in MANAGED_RULES if one.native_to == book.provider), MANAGED_RULES[0])
    names = (book.classes[0].name, managed_class_of(ruled, rule))
    return [Option(spot=Spot(location_id="", storage_class=name, tier=Tier.HOT), book=ruled) for name in names]
