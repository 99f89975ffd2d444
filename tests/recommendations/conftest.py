"""A catalogue with a location that has prices, and files with a past."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.access import DayRollup, LogCoverage
from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.workflows.advising_cases import AdviceRules
from cloudflow_lib.workflows.log_coverage import save_coverage
from cloudflow_lib.workflows.recommend_moves import recommend_moves
from cloudflow_lib.workflows.services import Services
from tests.catalog.examples import a_file, drain, fill

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOOKS = {Provider.S3: "aws", Provider.AZURE: "azure", Provider.GCS: "gcs"}
GIB = 1 << 30
LOGS_SINCE = NOW - timedelta(days=400)


class Unasked:
    """Neither a store nor a mailer is needed to recommend."""

    def __call__(self, *_args):
        raise AssertionError("nobody should be asked")


def book_of(location):
    name = BOOKS.get(location.provider)
    return shipped_book(name) if name else None


@dataclass
class Office:
    """A catalogue and a clock that tests move."""

    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    now: datetime = NOW
    rules: AdviceRules = field(default_factory=AdviceRules)

    @property
    def services(self) -> Services:
        return Services(
            catalog=self.catalog,
            open_store=Unasked(),
            mailer=Unasked(),
            clock=lambda: self.now,
            price_book=book_of,
            admins=frozenset({"admin"}),
        )

    def add_location(self, name="s3-main", provider=Provider.S3, *, logs=True, **changes):
        self.catalog.save_location(
            Location(location_id=name, provider=provider, bucket=name, credential_id="c", owner="team-docs", **changes)
        )
        if logs:
            save_coverage(self.catalog, name, LogCoverage(since=LOGS_SINCE, until=self.now))

    def add_file(self, key="report.csv", *, size=GIB, age=300, ages_of_reads=(), each=1, **changes):
        """Add a file that was read *each* times as many days ago as *ages_of_reads* say."""
        born = self.now - timedelta(days=age)
        file = a_file(key, size_bytes=size, modified_at=born, first_seen_at=born, **changes)
        fill(self.catalog, file)
        self.add_reads(file, ages_of_reads, each=each)
        return file

    def add_reads(self, file, ages, *, each=1):
        days = [self.now - timedelta(days=ago) for ago in ages]
        rollups = [
            DayRollup(
                file_id=file.file_id,
                day=at.date(),
                reads=each,
                read_bytes=each * file.size_bytes,
                hours={12: each},
                last_read_at=at,
            )
            for at in days
        ]
        self.catalog.add_reads(f"{file.file_id}-{self.now}-{ages}", rollups)

    def recommend(self, **options):
        save_coverage(self.catalog, "s3-main", LogCoverage(since=LOGS_SINCE, until=self.now))
        return recommend_moves(self.services, Thresholds(), self.rules, **options)

    def said_of(self, file):
        return list(self.catalog.recommendations_of([file.file_id]).get(file.file_id, ()))


@pytest.fixture
def office():
    office = Office()
    office.add_location()
    return office


@pytest.fixture
def events(office):
    """Publish and return what waits."""
    return lambda: drain(office.catalog)
