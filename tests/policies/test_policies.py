"""What a policy decides, file by file, and that exactly this is done: within its limits, or after a yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.events import MailRequested
from cloudflow_lib.domain.facts import recommendation_made
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.policies import Limits, Policy, PolicyKind, Reason
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import NotFoundError, WrongInputError
from cloudflow_lib.ports.policy_book import PolicyRunState
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.workflows.apply_policy import (
    MovePrice,
    plan_run,
    reject_run,
    require_places,
    start_run,
    try_policy,
)
from cloudflow_lib.workflows.request_migrations import open_migrations
from tests.catalog.test_recommendations import a_recommendation
from tests.migration.conftest import NOW, build_bench


@pytest.fixture
def bench():
    """Files of `team-docs`, seen 100 days ago."""
    bench = build_bench()
    bench.now = NOW - timedelta(days=100)
    for store in bench.stores.values():
        store._now = lambda: bench.now
    for name, size in (("logs/a", 10), ("logs/b", 20), ("logs/c", 30), ("docs/d", 40)):
        bench.put_file(name, b"x" * size)
    bench.events()
    bench.now = NOW
    return bench


def price(files, *_goal):
    return {
        file.file_id: MovePrice(once_usd=file.size_bytes / 10, saves_per_month=float(file.size_bytes)) for file in files
    }


def a_policy(**changes) -> Policy:
    values = {
        "policy_id": "p1",
        "owner": "team-docs",
        "name": "old logs",
        "kind": PolicyKind.IDLE,
        "location_id": "here",
        "prefix": "logs/",
        "idle": timedelta(days=60),
        "destination_location": "there",
        "destination_tier": Tier.COLD,
    }
    return Policy(**values | changes)


def age_files(bench, days=100):
    """Let the catalogue think that nobody wrote the files since."""
    for file_id, file in list(bench.catalog._files.items()):
        at = bench.now - timedelta(days=days)
        bench.catalog._files[file_id] = replace(file, modified_at=at, first_seen_at=at)


@pytest.fixture(autouse=True)
def aged(bench):
    age_files(bench)


def by_key(plan):
    return {one.case.key: one.reason for one in plan.decisions}


def file_named(bench, key):
    return next(file for file in bench.catalog._files.values() if file.key == key)


def read(bench, key, times, days_ago):
    file, at = file_named(bench, key), bench.now - timedelta(days=days_ago)
    rollup = DayRollup(file_id=file.file_id, day=at.date(), reads=times, read_bytes=file.size_bytes * times,
                       last_read_at=at, hours={at.hour: times})  # fmt: skip
    bench.catalog.add_reads(f"{key}-{days_ago}", [rollup])


def test_each_file_is_decided_with_its_reason(bench):
    read(bench, "logs/a", 1, days_ago=10)
    read(bench, "logs/b", 5, days_ago=70)
    plan = try_policy(a_policy(most_reads=3), bench.services, price)

    assert {
        "logs/a": Reason.TOUCHED_LATELY,
        "logs/b": Reason.READ_TOO_OFTEN,
        "logs/c": Reason.MOVES,
    } == by_key(plan)
    assert [
        "stays: untouched for 10 days, the policy asks for 60",
        "stays: read 5 times in 90 days, the policy allows 3",
        "moves: untouched for 100 days, the policy asks for 60",
    ] == [one.text for one in plan.decisions]
    assert (30, 3.0, 30.0, ()) == (plan.size_bytes, plan.once_usd, plan.saves_per_month, plan.beyond)


def test_what_lies_there_or_is_on_its_way_stays(bench):
    moving = file_named(bench, "logs/b")
    wish = {"file_ids": [moving.file_id], "destination_location": "there"}
    open_migrations("other", "team-docs", wish, bench.services)
    in_place = a_policy(destination_location=None, destination_tier=Tier.HOT)
    wanted = bench.catalog.location("here").class_for(Tier.HOT)
    assert wanted == file_named(bench, "logs/a").storage_class

    assert {Reason.ON_ITS_WAY, Reason.THERE_ALREADY} == set(
        by_key(try_policy(in_place, bench.services, price)).values()
    )


def test_a_run_does_what_the_dry_run_said_file_by_file(bench):
    bench.catalog.save_policy(a_policy())
    tried = try_policy(a_policy(), bench.services, price)
    plan_run("p1", "run-1", bench.services, price)
    read(bench, "logs/a", 9, days_ago=1)  # what happens between plan and start changes nothing
    batches = start_run("run-1", bench.services, approved=False)

    wanted = {one.case.file_id for one in tried.moving}
    opened = [move for batch in batches for move in bench.catalog.batch(batch["trigger_run_id"])]
    assert wanted == {move.file_id for move in opened}
    assert {"team-docs"} == {move.requested_by for move in opened}
    assert {("there", MigrationState.QUEUED)} == {(move.destination.location_id, move.state) for move in opened}
    assert batches == start_run("run-1", bench.services, approved=False)
    assert 3 == len([move for batch in batches for move in bench.catalog.batch(batch["trigger_run_id"])])


def test_the_runs_tasks_go_on_for_the_one_who_made_the_policy(bench):
    """`migrate_files` is triggered by the DAG: nobody's name stands on that run."""
    bench.catalog.save_policy(a_policy())
    plan_run("p1", "run-1", bench.services, price)
    [batch] = start_run("run-1", bench.services, approved=False)

    assert 3 == len(open_migrations(batch["trigger_run_id"], None, batch["conf"], bench.services))


def test_a_file_that_went_there_meanwhile_holds_no_others_up(bench, monkeypatch):
    monkeypatch.setattr("cloudflow_lib.workflows.apply_policy.MOST_FILES", 1)
    bench.catalog.save_policy(a_policy())
    plan_run("p1", "run-1", bench.services, price)
    moved, there = file_named(bench, "logs/b"), bench.catalog.location("there")
    at_home = replace(moved, location_id="there", storage_class=there.class_for(Tier.COLD))
    bench.catalog._files[moved.file_id] = at_home
    names = [batch["trigger_run_id"] for batch in start_run("run-1", bench.services, approved=False)]

    opened = [move for name in names for move in bench.catalog.batch(name)]
    assert {"logs/a", "logs/c"} == {move.source.key for move in opened}
    [refused] = [name for name in names if not bench.catalog.batch(name)]
    assert "already has the class" in bench.catalog.refusal(refused).reason


@pytest.mark.parametrize(
    "change", [{"location_id": "there", "storage_class": "COLD"}, {"owner": "team-media"}], ids=str
)
def test_a_file_that_went_elsewhere_leaves_the_others_of_its_batch_on_their_way(bench, change):
    """Else the 199 others of a batch would wait for the next night."""
    assert "COLD" == bench.catalog.location("there").class_for(Tier.COLD)
    bench.catalog.save_policy(a_policy())
    plan_run("p1", "run-1", bench.services, price)
    gone = file_named(bench, "logs/b")
    bench.catalog._files[gone.file_id] = replace(gone, **change)
    [batch] = start_run("run-1", bench.services, approved=False)

    opened = open_migrations(batch["trigger_run_id"], None, batch["conf"], bench.services)
    assert {"logs/a", "logs/c"} == {move.source.key for move in opened}
    assert bench.catalog.refusal(batch["trigger_run_id"]) is None


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(files=2), "3 files, the limit is 2"),
        (Limits(size_bytes=59), "60 bytes, the limit is 59"),
        (Limits(usd=5.99), "$6.00 for the moves, the limit is $5.99"),
    ],
)
def test_beyond_a_limit_nothing_moves_without_a_yes(bench, limits, words):
    bench.catalog.save_policy(a_policy(limits=limits))
    run = plan_run("p1", "run-1", bench.services, price)

    assert (PolicyRunState.AWAITING, (words,)) == (run.state, run.beyond)
    [mail] = [event for event in bench.events() if isinstance(event, MailRequested)]
    assert ("team-docs", "Policy old logs asks before it moves more than its limits") == (mail.user, mail.data.title)
    assert [] == start_run("run-1", bench.services, approved=False)
    assert PolicyRunState.AWAITING is bench.catalog.policy_run("run-1").state
    assert 1 == len(start_run("run-1", bench.services, approved=True))


def test_a_no_moves_nothing_now_or_later(bench):
    bench.catalog.save_policy(a_policy(limits=Limits(files=0)))
    plan_run("p1", "run-1", bench.services, price)

    assert PolicyRunState.REJECTED is reject_run("run-1", bench.services).state
    assert [] == start_run("run-1", bench.services, approved=True)
    assert [] == list(bench.catalog.recent_migrations())
    assert 0 == sum(file.migration_id is not None for file in bench.catalog._files.values())


def test_a_plan_asks_the_catalogue_as_often_for_many_files_as_for_one(bench):
    def calls(policy):
        wire = Tripwire()
        try_policy(policy, replace(bench.services, catalog=wire.wrap(bench.catalog)), price)
        return wire.calls

    assert calls(a_policy(prefix="logs/a")) == calls(a_policy())


def test_what_nobody_can_price_is_asked_about(bench):
    plan = try_policy(a_policy(), bench.services, lambda *_: {})

    assert ("what 3 of the moves cost is not known",) == plan.beyond


def test_recommendations_are_done_that_pay_back_soon_enough(bench):
    soon, late = file_named(bench, "logs/a"), file_named(bench, "logs/b")
    for number, (file, days) in enumerate(((soon, 20.0), (late, 40.0))):
        advice = a_recommendation(file.file_id, owner="team-docs", pays_back_days=days)
        from dataclasses import replace

        advice = replace(
            advice,
            recommendation_id=f"advice-{number}",
            source=replace(advice.source, location_id="here"),
            destination=replace(advice.destination, location_id="there", storage_class="COLD"),
        )
        bench.catalog.make_recommendations([(advice, recommendation_made(advice))])
    policy = a_policy(kind=PolicyKind.RECOMMENDED, location_id=None, prefix="", destination_location=None)
    bench.catalog.save_policy(policy)
    plan = try_policy(policy, bench.services, price)

    assert {"logs/a": Reason.MOVES, "logs/b": Reason.PAYS_BACK_LATE} == by_key(plan)
    assert "stays: it pays back in 40 days, the policy asks for 30" in [one.text for one in plan.decisions]
    plan_run("p1", "run-1", bench.services, price)
    [batch] = start_run("run-1", bench.services, approved=True)
    assert ["advice-0"] == batch["conf"]["recommendation_ids"]
    assert "applied" == bench.catalog.recommendation("advice-0").state.value


def test_a_policy_reaches_only_its_owners_files(bench):
    bench.put_file("logs/theirs", b"1", owner="team-media")
    age_files(bench)

    assert "logs/theirs" not in by_key(try_policy(a_policy(), bench.services, price))
    assert "logs/theirs" in by_key(try_policy(a_policy(owner="admin"), bench.services, price))


def test_a_place_where_the_owner_has_no_files_does_not_exist(bench):
    with pytest.raises(NotFoundError, match="no location 'there'"):
        require_places(a_policy(owner="team-media", location_id="there"), bench.services)


@pytest.mark.parametrize("wrong", [{"location_id": None}, {"idle": timedelta(hours=1)}, {"limits": Limits(files=-1)}])
def test_a_policy_that_cannot_be_is_refused(wrong):
    with pytest.raises(WrongInputError):
        a_policy(**wrong)
