"""The performance tracker: every event counts once, in whatever batches and however often it comes."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.domain.events import EVENT
from cloudflow_lib.domain.performance import Series
from cloudflow_lib.errors import CatalogUnavailableError, LostRaceError
from cloudflow_lib.ports.metric_book import METRICS_KEPT
from cloudflow_lib.workflows import track_performance
from cloudflow_lib.workflows.tell_performance import tell_by_user, tell_performance
from cloudflow_lib.workflows.track_performance import PerformanceTracker
from tests.catalog.examples import a_file, a_migration, advance, discovered, drain, fill
from tests.performance.examples import NOW, ended, measured, moved, not_moved

DAY = timedelta(days=1)


def tracker_of(catalog):
    return PerformanceTracker(catalog, lambda: NOW)


def some_events():
    """A mixed hour of three users."""
    events = [
        ended(0.1 * number, user=f"team-{number % 3}", at=NOW - timedelta(minutes=number), name=f"m{number}")
        for number in range(60)
    ]
    events += [ended(state="failed", name=f"x{number}") for number in range(5)]
    events += [moved(size_bytes=1 << number) for number in range(31)]
    events += [not_moved(name=f"n{number}") for number in range(3)]
    return [
        *events,
        measured(0.01, 0.02, failed=1, gauges={"memory_bytes": 5.0}),
        measured(0.5, operation="mongo find"),
    ]


def state_of(catalog):
    """Everything that a tracker wrote, but how often it wrote it."""
    pages = []
    for number in range(14):
        for page in catalog.metric_pages(NOW.replace(minute=0) - timedelta(minutes=5 * (number - 1))):
            page.fence = 0
            pages.append(page)
    return pages


def test_what_happened_is_told(catalog):
    tracker_of(catalog).handle([*(ended(seconds) for seconds in (1, 2, 3, 4)), ended(state="failed"), moved()])
    found = tell_performance(catalog, NOW, DAY)
    by_name = {one.name: one for one in found.operations}

    assert (5, 1, 20_001_000) == (found.moves.done, found.moves.failed, found.moves.size_bytes)
    assert 5 / 6 == found.moves.success_rate
    assert 20_000_000 / 2.0 == pytest.approx(found.moves.bytes_per_second)
    assert 2.0 == pytest.approx(by_name["migrate"].percentiles[0], rel=0.005)
    assert 4.0 == by_name["migrate"].slowest
    assert 0.4 == pytest.approx(by_name["copy"].percentiles[0], rel=0.005)
    assert {"migrate", "campaign", "wait", "copy", "verify", "switch", "finish"} == set(by_name)
    assert {"s3-main > azure": 5, "s3-main > gcs": 1} == {one.name: one.count for one in found.by_route}
    assert ["under 1 MiB", "1 to 16 MiB"] == [one.name for one in found.by_size]
    assert [(5, 1)] == [(point.moves.done, point.moves.failed) for point in found.points if point.figures.count]


def test_what_a_campaign_gave_up_counts_as_failed_with_its_owner(catalog):
    tracker_of(catalog).handle([moved(), not_moved(name="f3"), not_moved(name="f4"), not_moved(user="team-b")])

    assert {"team-docs": 2, "team-b": 1} == {one.name: one.failed for one in tell_by_user(catalog, NOW, DAY)}
    assert 0.25 == tell_performance(catalog, NOW, DAY).moves.success_rate


def test_the_same_events_again_change_nothing(catalog):
    events = some_events()
    tracker_of(catalog).handle(events)
    before = state_of(catalog)
    tracker_of(catalog).handle(events[:40])
    again = tracker_of(catalog)
    for event in events:
        again.handle([event, event])

    assert before == state_of(catalog)


def test_any_order_and_any_batches_give_the_same_state_in_every_catalogue(catalog):
    events, other = some_events(), MemoryCatalog()
    tracker_of(catalog).handle(events)
    shuffled = random.Random(5).sample(events, len(events))
    tracker = tracker_of(other)
    for number in range(0, len(shuffled), 7):
        tracker.handle(shuffled[number : number + 7])

    assert state_of(catalog) == state_of(other) != []


def test_a_crash_anywhere_and_another_try_count_once(catalog, monkeypatch):
    """The store's answer is lost after every write: the batch comes again to a fresh tracker."""
    events = some_events()
    save, answers = catalog.save_metric_page, iter([True, False] * 100)

    def losing(page):
        saved = save(page)
        if next(answers):
            raise CatalogUnavailableError("the answer got lost")
        return saved

    monkeypatch.setattr(catalog, "save_metric_page", losing)
    for _ in range(100):
        try:
            tracker_of(catalog).handle(events)
        except CatalogUnavailableError:
            continue
        break

    found = tell_performance(catalog, NOW, DAY)
    assert (91, 8) == (found.moves.done, found.moves.failed)


def test_two_trackers_on_one_bucket_lose_nothing(catalog):
    left, right = tracker_of(catalog), tracker_of(catalog)
    for number in range(6):
        (left if number % 2 else right).handle([ended(1.0, user=f"team-{number}")])

    assert 6 == tell_performance(catalog, NOW, DAY).moves.done


def test_a_bucket_that_never_comes_to_rest_is_given_back(catalog, monkeypatch):
    monkeypatch.setattr(catalog, "save_metric_page", lambda _page: False)

    with pytest.raises(LostRaceError, match="do not come to rest"):
        tracker_of(catalog).handle([ended()])


def test_a_full_page_is_followed_by_another_one(catalog, monkeypatch):
    monkeypatch.setattr(track_performance, "PAGE_EVENTS", 10)
    events = [ended(1.0, name=f"m{number}") for number in range(35)]
    tracker_of(catalog).handle(events[:18])
    tracker_of(catalog).handle(events)

    assert [10, 10, 10, 5] == [len(page.seen) for page in catalog.metric_pages(NOW - timedelta(minutes=2))]
    assert 35 == tell_performance(catalog, NOW, DAY).moves.done


def test_each_user_is_told_only_of_their_own(catalog):
    odd = "team.$docs.ümläut"
    tracker_of(catalog).handle([ended(user=odd), ended(user="team-b"), ended(user="team-b"), measured(0.1)])

    mine = tell_performance(catalog, NOW, DAY, owner=odd)
    assert 1 == mine.moves.done
    assert not any(one.name.startswith("api") for one in mine.operations)
    assert {} == mine.gauges
    assert 0 == tell_performance(catalog, NOW, DAY, owner="nobody").moves.done
    assert [("team-b", 2), (odd, 1)] == [(one.name, one.count) for one in tell_by_user(catalog, NOW, DAY)]


def test_what_processes_measured_adds_up_and_gauges_show_the_latest(catalog):
    later = NOW + timedelta(minutes=1)
    events = [
        measured(0.3, at=later, gauges={"memory_bytes": 7.0}),
        measured(0.1, 0.2, failed=1, gauges={"memory_bytes": 5.0}),
        measured(0.1, operation="api POST /api/v1/upload", process="api-2", gauges={"memory_bytes": 1.0}),
    ]
    tracker_of(catalog).handle(events)
    found = tell_performance(catalog, NOW, timedelta(hours=1), operation="api")
    by_name = {one.name: one for one in found.operations}

    assert (4, 1) == (by_name["api"].count, by_name["api"].failed)
    assert 3 == by_name["api GET /api/v1/files"].count
    assert 4 == sum(point.figures.count for point in found.points)
    assert {"api-1 memory_bytes": 7.0, "api-2 memory_bytes": 1.0} == {n: g.value for n, g in found.gauges.items()}


def test_a_window_holds_what_fell_into_it(catalog):
    ages = {"fresh": 1, "hour": 61, "day": 25 * 60}
    tracker_of(catalog).handle([ended(at=NOW - timedelta(minutes=age), name=name) for name, age in ages.items()])

    counts = [tell_performance(catalog, NOW, timedelta(hours=hours)).moves.done for hours in (1, 2, 24, 24 * 30)]
    assert [1, 2, 2, 3] == counts
    assert all(
        len(tell_performance(catalog, NOW, timedelta(hours=hours)).points) <= 101 for hours in (1, 6, 24, 168, 840)
    )


def test_events_older_than_what_is_kept_count_no_more(catalog):
    tracker_of(catalog).handle([ended(at=NOW - METRICS_KEPT - timedelta(minutes=6))])

    assert [] == list(catalog.metric_pages(NOW - METRICS_KEPT - timedelta(minutes=8)))


def test_a_real_migration_tells_how_long_each_step_took(catalog):
    file = a_file()
    fill(catalog, file)
    [migration] = catalog.open_batch("run-1", [a_migration(file, batch="run-1")])
    at = migration.timestamps["queued"]
    for number, state in enumerate(["validated", "copied", "verified", "switched", "done"], 1):
        times = {**migration.timestamps, state: at + timedelta(seconds=number)}
        migration = advance(catalog, migration, state=type(migration.state)(state), timestamps=times)
    events = drain(catalog)
    PerformanceTracker(catalog, lambda: events[-1].time).handle(
        [EVENT.validate_json(e.model_dump_json()) for e in events]
    )
    found = tell_performance(catalog, events[-1].time, DAY)

    assert 5.0 == pytest.approx(next(o for o in found.operations if o.name == "migrate").percentiles[0], rel=0.005)


def test_other_events_count_nowhere(catalog):
    tracker_of(catalog).handle([discovered(a_file()), ended(state="copied"), ended(state="queued")])

    assert [] == state_of(catalog)


def test_a_retried_migration_counts_its_steps_of_the_last_try(catalog):
    event = ended(3.0)
    seconds = {**event.data.seconds}
    del seconds[next(iter(seconds))]  # a retry is queued later than what it did before
    retried = event.model_copy(update={"data": event.data.model_copy(update={"seconds": seconds})})
    tracker_of(catalog).handle([retried])
    [page] = catalog.metric_pages(NOW - timedelta(minutes=2))

    assert "wait" not in {series.operation for series in page.total}
    assert Series("copy", "s3-main > azure", "1 to 16 MiB") in page.total
