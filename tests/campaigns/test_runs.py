"""One run at a time carries a campaign: the newest one that was told to."""

from collections import Counter
from functools import partial

import pytest

from cloudflow_lib.domain.campaigns import CampaignState
from cloudflow_lib.errors import NotFoundError, WrongStateError
from cloudflow_lib.ports.runs import StartedRun
from cloudflow_lib.transfer import bulk
from cloudflow_lib.workflows import bundle_copies
from cloudflow_lib.workflows import move_bundle as moving
from cloudflow_lib.workflows.move_bundle import give_up_bundle, move_bundle
from cloudflow_lib.workflows.open_campaign import carry_on_campaign, open_campaign, steer_campaign
from cloudflow_lib.workflows.start_campaign import carry_on
from tests.migration.conftest import build_bench

FIRST, SECOND, THIRD = "run-1", "run-2", "run-3"
FILES = 200
AT_ONCE = 10
WISH = {"source_location": "here", "destination_location": "there"}


@pytest.fixture
def bench(monkeypatch):
    """A campaign of one bundle, whose workers copy ten files at once and visit the catalogue as often."""
    monkeypatch.setattr(moving, "SETTLE_FILES", AT_ONCE)
    monkeypatch.setattr(bundle_copies, "MOST_COPIES_AHEAD", 1)
    monkeypatch.setattr(bundle_copies, "BulkOptions", partial(bundle_copies.BulkOptions, most_objects=AT_ONCE))
    monkeypatch.setattr(bulk, "CHUNK", 4)
    bench = build_bench()
    for number in range(FILES):
        bench.put_file(f"raw/{number:03}.bin", bytes([number]) * (number + 1))
    bench.events()
    open_campaign(FIRST, "team-docs", WISH, bench.services)
    return bench


@pytest.fixture
def reads(bench, monkeypatch):
    """How often each source was read."""
    store, counts = bench.stores["here"], Counter()
    real = store.read

    def read(key, *args, **named):
        counts[key] += 1
        return real(key, *args, **named)

    monkeypatch.setattr(store, "read", read)
    return counts


@pytest.fixture
def after_first_visit(monkeypatch):
    """Let something happen when the first worker has been at the catalogue for the first time."""

    def arrange(happen):
        real, visits = moving.Settlement.settle, []

        def settle(self, copies):
            real(self, copies)
            visits.append(self)
            if len(visits) == 1:
                happen()

        monkeypatch.setattr(moving.Settlement, "settle", settle)

    return arrange


def bundle_of(bench):
    [bundle_id] = bench.catalog.waiting_bundles(FIRST)
    return bundle_id


def hand_over(bench, run=SECOND):
    return carry_on_campaign(FIRST, run, "team-docs", bench.services)


def pause(bench):
    return steer_campaign(FIRST, "team-docs", CampaignState.PAUSED, bench.services)


def told(bench):
    return Counter(event.type.removeprefix("io.cloudflow.file.") for event in bench.events())


@pytest.mark.parametrize("is_paused", [True, False])
def test_workers_of_a_run_that_was_replaced_stop_after_the_files_in_flight(bench, reads, after_first_visit, is_paused):
    bundle_id, reports = bundle_of(bench), []

    def resume():
        if is_paused:
            pause(bench)
        hand_over(bench)
        reports.append(move_bundle(bundle_id, bench.services, SECOND))

    after_first_visit(resume)
    in_flight = 3 * AT_ONCE  # what is copied, what is copied and waits its turn, and the rest of the first group
    reports.append(move_bundle(bundle_id, bench.services, FIRST))

    assert [(FILES, 0)] * 2 == [(report.moved, report.waiting) for report in reports]
    assert FILES <= reads.total() < FILES + in_flight
    assert {"moved.v1": FILES} == told(bench)


def test_what_the_replaced_run_left_is_moved_by_the_one_that_replaced_it(bench, after_first_visit):
    bundle_id = bundle_of(bench)
    after_first_visit(lambda: hand_over(bench))

    left = move_bundle(bundle_id, bench.services, FIRST)
    again = move_bundle(bundle_id, bench.services, FIRST)  # Airflow tries a task again within its run
    report = move_bundle(bundle_id, bench.services, SECOND)

    assert left.waiting > 0
    assert left == again
    assert (FILES, 0) == (report.moved, report.waiting)
    assert {"moved.v1": FILES} == told(bench)


def test_a_replaced_run_gives_nothing_up(bench):
    hand_over(bench)

    report = give_up_bundle(bundle_of(bench), "its store did not answer", bench.services, FIRST)

    assert (0, 0, FILES) == (report.moved, report.failed, report.waiting)
    assert {} == told(bench)


def test_a_run_that_was_killed_is_replaced_as_often_as_needed(bench):
    for run in (SECOND, THIRD):
        assert run == hand_over(bench, run).carried_by

    assert FILES == move_bundle(bundle_of(bench), bench.services, SECOND).waiting
    assert FILES == move_bundle(bundle_of(bench), bench.services, THIRD).moved


def test_a_task_that_is_tried_again_takes_nothing_back_and_undoes_no_pause(bench):
    assert hand_over(bench) == hand_over(bench)
    pause(bench)
    assert CampaignState.PAUSED is hand_over(bench).state
    assert CampaignState.RUNNING is hand_over(bench, THIRD).state

    with pytest.raises(WrongStateError, match=THIRD):
        hand_over(bench, SECOND)

    assert THIRD == bench.catalog.campaign(FIRST).carried_by
    assert THIRD in bench.catalog.refusal(SECOND).reason


def test_a_resume_names_its_run_before_that_has_its_turn(bench):
    """Who pauses the campaign while the run still waits has the last word."""

    def start_run(dag_id, conf, *, user, run_id):
        assert ("resume__k1", {"campaign_id": FIRST}) == (bench.catalog.campaign(FIRST).carried_by, conf)
        assert user == "team-docs"
        return StartedRun(dag_id=dag_id, run_id=run_id, url="")

    pause(bench)
    run = carry_on(FIRST, "team-docs", bench.services, start_run, "k1")
    assert CampaignState.RUNNING is bench.catalog.campaign(FIRST).state
    pause(bench)
    hand_over(bench, run.run_id)

    assert CampaignState.PAUSED is bench.catalog.campaign(FIRST).state
    assert run == carry_on(FIRST, "team-docs", bench.services, start_run, "k1")


def test_nobody_takes_a_campaign_of_others_or_one_that_has_ended(bench):
    with pytest.raises(NotFoundError):
        carry_on_campaign(FIRST, SECOND, "team-platform", bench.services)
    steer_campaign(FIRST, "team-docs", CampaignState.CANCELLED, bench.services)
    for run in (FIRST, SECOND):
        with pytest.raises(WrongStateError, match="cancelled"):
            hand_over(bench, run)

    assert FIRST == bench.catalog.campaign(FIRST).carried_by
