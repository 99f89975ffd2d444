"""How made-up teams use their files: who reads what on which day, decided by the seed alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

SATURDAY = 5
EARLY_DAYS = 21
BUSY_HOURS = (9, 10, 14, 16)
"""When people work; Azure writes a log for every hour with a request, and few hours keep their number down."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days of the history, oldest first, up to a moment that it never passes."""

    now: datetime
    days: int

    def mornings(self) -> Iterator[datetime]:
        """Yield the first moment of every day."""
        first = datetime.combine(self.now.date() - timedelta(days=self.days), time(), UTC)
        for number in range(self.days + 1):
            yield first + timedelta(days=number)


def _at_work(rng: random.Random, morning: datetime) -> datetime:
    within = timedelta(seconds=rng.randrange(3500), microseconds=rng.randrange(1_000_000))
    return morning + timedelta(hours=rng.choice(BUSY_HOURS)) + within


def _on(rng: random.Random, mornings: Sequence[datetime], low: int, high: int) -> Iterator[datetime]:
    for morning in mornings:
        for _ in range(rng.randint(low, high)):
            yield _at_work(rng, morning)


def daily(rng: random.Random, span: Span) -> Iterator[datetime]:
    """Yield the reads of a file of everyday work: a few each weekday."""
    busy = rng.randint(1, 4)
    yield from _on(rng, [day for day in span.mornings() if day.weekday() < SATURDAY], 1, busy)


def weekly(rng: random.Random, span: Span) -> Iterator[datetime]:
    """Yield the reads of a report that is opened on one day of the week."""
    weekday = rng.randrange(SATURDAY)
    yield from _on(rng, [day for day in span.mornings() if day.weekday() == weekday], 1, 3)


def monthly(rng: random.Random, span: Span) -> Iterator[datetime]:
    """Yield reads on the days when the books of a month are closed: its first three."""
    yield from _on(rng, [day for day in span.mornings() if day.day <= 3], 0, 2)  # noqa: PLR2004  # the first three days


def quarterly(rng: random.Random, span: Span) -> Iterator[datetime]:
    """Yield reads when the books of a quarter are closed: the first week of January, April, July and October."""
    closing = [day for day in span.mornings() if day.month % 3 == 1 and day.day <= 7]  # noqa: PLR2004  # its first week
    yield from _on(rng, closing, 0, 2)


def burst(rng: random.Random, span: Span) -> Iterator[datetime]:
    """Yield the reads of a file at which everybody looks for some days, and then nobody does."""
    mornings = list(span.mornings())
    start = rng.randrange(len(mornings))
    yield from _on(rng, mornings[start : start + rng.randint(3, 8)], 1, 5)


def launch(rng: random.Random, span: Span) -> Iterator[datetime]:
    """Yield the reads of a file that is of interest for some days early on, and then lies in the archive."""
    mornings = list(span.mornings())
    start = rng.randrange(min(EARLY_DAYS, len(mornings)))
    yield from _on(rng, mornings[start : start + rng.randint(3, 8)], 1, 5)


def once(rng: random.Random, span: Span) -> Iterator[datetime]:
    """Yield the reads of a single day, early on."""
    yield from _on(rng, [rng.choice(list(span.mornings())[:EARLY_DAYS])], 1, 2)


def never(rng: random.Random, span: Span) -> Iterator[datetime]:
    """Yield nothing: the file is kept, and never opened."""
    del rng, span
    yield from ()


Behaviour = Callable[[random.Random, Span], Iterator[datetime]]
SHARES: Sequence[tuple[Behaviour, int]] = (
    (daily, 10),
    (weekly, 14),
    (monthly, 12),
    (quarterly, 6),
    (burst, 3),
    (launch, 17),
    (once, 8),
    (never, 30),
)
"""How many of a hundred files are used so."""
LIKE_ITS_FOLDER = 0.6
"""Files in one folder are used alike more often than not, as they are anywhere."""


def behaviour_of(seed: int, folder: str, name: str) -> Behaviour:
    """Return how the file *name* in *folder* is used."""
    rng = random.Random(f"{seed}:{folder}/{name}")  # noqa: S311  # a repeatable story, not a secret
    if rng.random() < LIKE_ITS_FOLDER:
        rng = random.Random(f"{seed}:{folder}")  # noqa: S311  # as above
    choices, weights = zip(*SHARES, strict=True)
    picked: Behaviour = rng.choices(choices, weights)[0]
    return picked
