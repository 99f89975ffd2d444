"""What is unusual, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from benchmarks._anomalies_world import quiet, troubled
from benchmarks.anomalies import matched
from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.workflows.raise_alarm import alarm_anomaly, alarm_refused_data
from ml.learning.access_watch import unusual_use
from ml.learning.anomalies import HOURS_A_MONTH, HOURS_A_WEEK, Hourly, Watch
from tests.catalog.examples import a_file, drain, fill
from tests.recommendations.conftest import Office

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def test_injected_anomalies_are_found_soon_and_quiet_weeks_stay_quiet():
    clean = quiet(8, 39, np.random.default_rng(4))
    edge = 13 * HOURS_A_WEEK
    watch = Watch().learn(Hourly(counts=clean.counts[:, :edge]))
    late = Hourly(counts=clean.counts[:, edge:])
    trouble, truth = troubled(late, np.random.default_rng(5))

    alerts = watch.look(trouble)
    first = matched(alerts, truth)
    assert len(first) >= 0.9 * len(truth)
    assert np.median([first[number] - truth[number].begin for number in first]) <= 2
    assert len(watch.look(late)) <= late.prefixes * late.hours / HOURS_A_MONTH


def test_too_few_hours_teach_nothing():
    with pytest.raises(WrongInputError, match="too few"):
        Watch().learn(quiet(2, 1, np.random.default_rng(1)))


def reads(file, at, number):
    return DayRollup(
        file_id=file.file_id,
        day=at.date(),
        reads=number,
        read_bytes=number * 100,
        hours={at.hour: number},
        last_read_at=at,
    )


@pytest.fixture
def office():
    """A prefix that is read forty times a day at nine, for eight weeks."""
    office = Office(now=NOW)
    office.add_location()
    files = [a_file(f"reports/2026/{number}.csv", owner="team-docs") for number in range(40)]
    fill(office.catalog, *files)
    for ago in range(1, 57):
        at = (NOW - timedelta(days=ago)).replace(hour=9)
        office.catalog.add_reads(f"day-{ago}", [reads(file, at, 1 + (ago * 7 + n) % 3) for n, file in enumerate(files)])
    office.files = files
    return office


def test_a_scan_of_a_prefix_is_told_to_its_owner_once(office):
    assert [] == unusual_use(office.catalog, NOW)
    at = NOW.replace(hour=3)
    office.catalog.add_reads("scan", [reads(file, at, 60) for file in office.files])

    (found,) = unusual_use(office.catalog, NOW)
    assert ("team-docs", "s3-main", "reports/#") == (found.owner, found.data.location_id, found.data.prefix)
    assert at.replace(minute=0) == found.data.hour
    assert alarm_anomaly(found.owner, found.data, office.services)
    assert not alarm_anomaly(found.owner, found.data, office.services)
    kinds = [event.type.removeprefix("io.cloudflow.") for event in drain(office.catalog)]
    assert ["access.anomaly_found.v1", "notification.raised.v1", "mail.requested.v1"] == kinds


def test_with_less_than_three_weeks_nothing_is_unusual(office):
    assert [] == unusual_use(Office().catalog, NOW)
    young = Office(now=NOW)
    fill(young.catalog, *office.files)
    young.catalog.add_reads("scan", [reads(file, NOW - timedelta(days=9), 60) for file in office.files])
    assert [] == unusual_use(young.catalog, NOW)


def test_every_administrator_hears_of_data_that_are_not_sound(office):
    services = replace(office.services, admins=frozenset({"admin", "boss"}))

    assert 2 == alarm_refused_data("access", "2026-03-01", ["not unique"], "/docs", services)
    assert 0 == alarm_refused_data("access", "2026-03-01", ["not unique"], "/docs", services)
    assert 6 == len(drain(office.catalog))
