"""
Say of every file where it would be cheapest, and keep what was said up to date.

Files stream through in pages. One that does best where it lies gets no recommendation, and an open
one of it is withdrawn; one whose recommendation was dismissed is left in peace. A second run with
nothing new writes nothing but the monthly costs, which come out of the same walk.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from cloudflow_lib.domain.advising import Advice, Verdict, advise
from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.facts import recommendation_made
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.recommendations import Recommendation, RecommendationState
from cloudflow_lib.ports.forecasts import UseForecast, UseForecaster
from cloudflow_lib.ports.recommendation_book import RecommendationChange
from cloudflow_lib.workflows.advising_cases import AdviceRules, Choices, Page, page_of
from cloudflow_lib.workflows.catalogue_costs import CostSums
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.withdraw_recommendations import withdraw_stale
from cloudflow_lib.workflows.written_advice import Writer

PAGE = 500
RENEW_BY = 0.05
"""By which part the saving must have changed for an open recommendation to be written again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendReport:
    """What a run found."""

    seen: int
    made: int
    renewed: int
    withdrawn: int
    """Superseded or expired: the file changed, moved, or does best where it lies."""
    stay: Mapping[str, int] = field(default_factory=dict)
    """Why files stay -> how many."""
    saves_per_month: float
    """By the recommendations that were made or are still good, in dollars."""
    once: float
    usd_per_month: float
    """What all files that were seen cost a month."""
    seconds: float


def recommend_moves(
    services: Services,
    thresholds: Thresholds,
    rules: AdviceRules,
    *,
    location_id: str | None = None,
    forecaster: UseForecaster | None = None,
) -> RecommendReport:
    """Recommend for all files, or for those of one location; the monthly costs are kept only of all."""
    began = time.monotonic()
    run = _Run(services, thresholds, rules, forecaster)
    for page in services.catalog.iter_files(location_id):
        for start in range(0, len(page), PAGE):
            run.take(page[start : start + PAGE])
    if location_id is None:
        services.catalog.save_costs(run.costs.sums(services.clock()))
    run.counts["withdrawn"] += withdraw_stale(services, location_id=location_id)
    return RecommendReport(
        seen=run.counts["seen"],
        made=run.counts["made"],
        renewed=run.counts["renewed"],
        withdrawn=run.counts["withdrawn"],
        stay=dict(sorted(run.stay.items())),
        saves_per_month=run.saves,
        once=run.once,
        usd_per_month=run.costs.usd_per_month,
        seconds=round(time.monotonic() - began, 3),
    )


class _Run:
    """One run's view: the same moment and prices for all files."""

    def __init__(
        self, services: Services, thresholds: Thresholds, rules: AdviceRules, forecaster: UseForecaster | None
    ) -> None:
        self._forecaster = forecaster
        self._services, self._thresholds, self._rules = services, thresholds, rules
        self._choices = Choices(services, rules)
        self._now: datetime = services.clock()
        self.costs = CostSums()
        self.counts: Counter[str] = Counter()
        self.stay: Counter[str] = Counter()
        self.saves = self.once = 0.0

    def take(self, files: Sequence[CatalogFile]) -> None:
        """Decide about some files and write what follows."""
        self.counts["seen"] += len(files)
        by_location: dict[str, list[CatalogFile]] = {}
        for file in files:
            by_location.setdefault(file.location_id, []).append(file)
        wanted: list[Recommendation] = []
        for location_id, some in by_location.items():
            choice = self._choices.of(location_id)
            if choice is None:
                self.stay[Verdict.UNPRICED.name.lower()] += len(some)
                continue
            forecasts = self._forecaster.forecast([file.file_id for file in some]) if self._forecaster else {}
            placements = self._forecaster.place(choice.book, choice.classes, some) if self._forecaster else {}
            page = page_of(some, choice, self._choices, self._services, self._thresholds, forecasts, placements)
            advice = advise(choice.options, page.cases, self._rules.guards)
            self.costs.add(page, advice)
            wanted += self._moves(page, advice, forecasts)
        self._write(files, {one.file_id: one for one in wanted})

    def _moves(self, page: Page, advice: Advice, forecasts: Mapping[str, UseForecast]) -> Iterator[Recommendation]:
        moving = [page.files[int(number)].file_id for number in np.flatnonzero(advice.verdict == Verdict.MOVE)]
        told = self._forecaster.explain(moving) if self._forecaster and moving else {}
        name = self._forecaster.name if self._forecaster else None
        writer = Writer(page, advice, self._now, name, forecasts, told)
        for number, verdict in enumerate(advice.verdict):
            if verdict == Verdict.MOVE:
                yield writer.recommendation(number)
            else:
                self.stay[Verdict(verdict).name.lower()] += 1

    def _write(self, files: Sequence[CatalogFile], wanted: Mapping[str, Recommendation]) -> None:
        catalog = self._services.catalog
        said = catalog.recommendations_of([file.file_id for file in files])
        new: list[Recommendation] = []
        changes: list[RecommendationChange] = []
        for file in files:
            known, want = said.get(file.file_id, ()), wanted.get(file.file_id)
            standing = next((one for one in known if one.state is RecommendationState.OPEN), None)
            if want and (file.migration_id or any(_is_silenced(one, self._now) for one in known)):
                self.stay["held" if file.migration_id else "dismissed"] += 1
                continue
            if want:
                self.saves += want.saves_per_month
                self.once += want.once_usd
            if standing and want and standing.says_the_same(want):
                changes += self._renewal(standing, want)
                continue
            if standing and not file.migration_id:
                changes.append(_superseded(standing, self._now))
                self.counts["withdrawn"] += 1
            if want:
                new.append(want)
        if changes:
            catalog.change_recommendations(changes)
        if new:
            self.counts["made"] += catalog.make_recommendations([(one, recommendation_made(one)) for one in new])

    def _renewal(self, standing: Recommendation, want: Recommendation) -> Iterator[RecommendationChange]:
        """Write a standing one again only if its figures changed, or if it is half way to its end."""
        change = abs(want.saves_per_month - standing.saves_per_month)
        half_over = (standing.expires_at - self._now) * 2 < want.expires_at - want.created_at
        if change > RENEW_BY * abs(standing.saves_per_month) or half_over:
            self.counts["renewed"] += 1
            yield RecommendationChange(
                before=standing,
                after=replace(
                    want,
                    recommendation_id=standing.recommendation_id,
                    created_at=standing.created_at,
                    state_since=standing.state_since,
                    revision=standing.revision,
                ),
            )


def _is_silenced(one: Recommendation, now: datetime) -> bool:
    return one.state is RecommendationState.DISMISSED and one.dismissed_until is not None and one.dismissed_until > now


def _superseded(one: Recommendation, now: datetime) -> RecommendationChange:
    after = replace(one, state=RecommendationState.SUPERSEDED, state_since=now)
    return RecommendationChange(before=one, after=after)
