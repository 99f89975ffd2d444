"""A page of one location's files as the decider sees it: its options, and how each file is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from cloudflow_lib.domain.access import DayRollup, LogCoverage
from cloudflow_lib.domain.advising import Cases
from cloudflow_lib.domain.classification import Thresholds, why_silence_proves_nothing
from cloudflow_lib.domain.expected_use import HISTORY_DAYS, ExpectedUse, expected_use
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.guards import Guards
from cloudflow_lib.domain.locations import Location
from cloudflow_lib.domain.moving_costs import Option
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.recommendations import Spot
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.domain.timelines import Bools
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.forecasts import Placement, UseForecast
from cloudflow_lib.workflows.log_coverage import load_coverage
from cloudflow_lib.workflows.services import Services

NEVER_MOVED = 1_000_000
MOST_SHIFT = 2.0
"""A model that is wrong must not cost more than a bounded factor."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRules:
    """How recommendations are made; `[advice]` in the settings."""

    guards: Guards = field(default_factory=Guards)
    destinations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Location -> other locations that its files may be recommended to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Where files of one location may lie: every class that has a price, and which of them may be advised."""

    location: Location
    book: PriceBook
    options: tuple[Option, ...]
    advised: tuple[bool, ...]
    """Of each option; the others are known only to say what a file costs now."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of this location that may be advised, warmest first."""
        pairs = zip(self.options, self.advised, strict=True)
        here = self.location.location_id
        return tuple(one.spot.storage_class for one, advised in pairs if advised and one.spot.location_id == here)

    def number(self, storage_class: str) -> int:
        """Return the option that a class of this location is, or -1."""
        for number, option in enumerate(self.options):
            if option.spot.location_id == self.location.location_id and option.spot.storage_class == storage_class:
                return number
        return -1


class Choices:
    """The choices of every location, read once in a run; a location without prices has none."""

    def __init__(self, services: Services, rules: AdviceRules) -> None:
        self._services = services
        self._rules = rules
        self._known: dict[str, Choice | None] = {}
        self._coverage: dict[str, LogCoverage | None] = {}

    def of(self, location_id: str) -> Choice | None:
        """Return where files of this location may lie, or None where nothing has a price."""
        if location_id not in self._known:
            self._known[location_id] = self._choice(location_id)
        return self._known[location_id]

    def coverage(self, location_id: str) -> LogCoverage | None:
        """Return what time the access logs of this location tell about."""
        if location_id not in self._coverage:
            self._coverage[location_id] = load_coverage(self._services.catalog, location_id)
        return self._coverage[location_id]

    def _choice(self, location_id: str) -> Choice | None:
        try:
            location = self._services.catalog.location(location_id)
        except NotFoundError:
            return None
        book = self._services.price_book(location)
        if book is None:
            return None
        options = list(_options(location, book))
        advised = [_is_advised(location, option.spot.storage_class) for option in options]
        for name in self._rules.destinations.get(location_id, ()):
            other = self._services.catalog.location(name)
            other_book = self._services.price_book(other)
            if other_book is not None:
                there = [one for one in _options(other, other_book) if _is_advised(other, one.spot.storage_class)]
                options += there
                advised += [True] * len(there)
        return Choice(location=location, book=book, options=tuple(options), advised=tuple(advised))

    def may_use(self, owner: str, location_id: str) -> bool:
        """Return whether files of *owner* may be put into this location."""
        return self._services.may_own_at(owner, self._services.catalog.location(location_id))


def _is_advised(location: Location, storage_class: str) -> bool:
    return storage_class in {location.class_for(tier) for tier in Tier}


def _options(location: Location, book: PriceBook) -> Sequence[Option]:
    names = [one.name for one in book.classes]
    return [
        Option(
            spot=Spot(location_id=location.location_id, storage_class=name, tier=tier_of_class(location, book, name)),
            book=book,
        )
        for name in names
    ]


def tier_of_class(location: Location, book: PriceBook, storage_class: str) -> Tier:
    """Return the tier that a storage class is: what the location says, else the coldest one that is no colder."""
    names = [one.name for one in book.classes]
    meant = {location.class_for(tier): tier for tier in reversed(Tier)}
    if storage_class in meant:
        return meant[storage_class]
    place = names.index(storage_class)
    warmer = [tier for name, tier in meant.items() if name in names and names.index(name) <= place]
    return max(warmer, key=list(Tier).index, default=Tier.HOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Files of one location, ready to be decided."""

    choice: Choice
    files: Sequence[CatalogFile]
    uses: Sequence[ExpectedUse]
    watched: Sequence[int]
    cases: Cases
    placed: Sequence[Placement | None]
    """What a model says of each."""


def page_of(
    files: Sequence[CatalogFile],
    choice: Choice,
    choices: Choices,
    services: Services,
    thresholds: Thresholds,
    forecasts: Mapping[str, UseForecast] | None = None,
    placements: Mapping[str, Placement] | None = None,
) -> Page:
    """
    Describe *files*, all of one location, as of now.

    A forecast shifts what their history lets expect; a placement says what to expect, and which class is best.
    """
    now = services.clock()
    since = (now - HISTORY_DAYS * DAY).date()
    reads = services.catalog.reads_of([file.file_id for file in files], since)
    coverage = choices.coverage(choice.location.location_id)
    births = [_birth(file, reads.get(file.file_id, ()), now) for file in files]
    logs_since = coverage.since if coverage else now - HISTORY_DAYS * DAY
    watched = [min(_days(now - max(birth, logs_since)), HISTORY_DAYS) for birth in births]
    uses = [
        expected_use(reads.get(file.file_id, ()), size_bytes=file.size_bytes, today=now.date(), watched_days=days)
        for file, days in zip(files, watched, strict=True)
    ]
    told = forecasts or {}
    placed = [(placements or {}).get(file.file_id) for file in files]
    shift = np.array([shifted(use, told.get(file.file_id)) for file, use in zip(files, uses, strict=True)])
    known = [one.reads_per_day / use.reads_per_day if one else None for one, use in zip(placed, uses, strict=True)]
    shift = np.array([by_model or by_habit for by_model, by_habit in zip(known, shift, strict=True)])
    ages = np.array([_days(now - birth) for birth in births], np.int32)
    held = [_days(now - file.placed_at) if file.placed_at else None for file in files]
    proved = why_silence_proves_nothing(coverage, thresholds, now) is None or not thresholds.needs_logs
    cases = Cases(
        size_bytes=np.array([file.size_bytes for file in files], np.int64),
        here=np.array([choice.number(file.storage_class) for file in files], np.int32),
        reads=np.array([use.reads_per_day for use in uses]) * shift,
        reads_low=np.array([use.reads_low for use in uses]) * np.minimum(shift, 1.0),
        reads_high=np.array([use.reads_high for use in uses]) * np.maximum(shift, 1.0),
        bytes_per_read=np.array([use.bytes_per_read for use in uses]),
        idle_days=np.array([use.idle_days for use in uses], np.int32),
        held_days=np.array([age if days is None else days for days, age in zip(held, ages, strict=True)], np.int32),
        age_days=ages,
        life_days=ages,  # what has lived so long lives as long again, at even odds
        moved_days=np.array([NEVER_MOVED if days is None else days for days in held], np.int32),
        may_go=_allowed(files, choice, choices),
        may_cool=np.full(len(files), proved),
        wanted=np.array([choice.number(one.storage_class) if one else -1 for one in placed], np.int32),
    )
    return Page(choice=choice, files=files, uses=uses, watched=watched, cases=cases, placed=placed)


def shifted(use: ExpectedUse, forecast: UseForecast | None) -> float:
    """Return by which factor a forecast changes the expected rate: it may halve or double it, whatever it says."""
    if forecast is None:
        return 1.0
    return min(max(forecast.reads_per_day / use.reads_per_day, 1 / MOST_SHIFT), MOST_SHIFT)


def _allowed(files: Sequence[CatalogFile], choice: Choice, choices: Choices) -> Bools:
    """Return which options may be advised to each file's owner."""
    here = choice.location.location_id
    advised = np.array(choice.advised, bool)
    by_owner: dict[str, Bools] = {}
    for owner in {file.owner for file in files}:
        mine = [one.spot.location_id == here or choices.may_use(owner, one.spot.location_id) for one in choice.options]
        by_owner[owner] = advised & np.array(mine, bool)
    return np.stack([by_owner[file.owner] for file in files])


def _birth(file: CatalogFile, rollups: Sequence[DayRollup], now: datetime) -> datetime:
    """Return since when the file is known to exist: what was read then was there then."""
    first_read = min((rollup.last_read_at for rollup in rollups), default=now)
    return min(file.first_seen_at, file.modified_at, first_read)


def _days(span: timedelta) -> int:
    return max(span // DAY, 0)
