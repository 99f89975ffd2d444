"""What the catalogue promises about a campaign's plan and its runs: one of each counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from cloudflow_lib.domain.campaigns import CampaignState, Outcome, Progress, Tally
from cloudflow_lib.errors import CatalogError, NotFoundError, WrongStateError
from tests.catalog.examples import drain
from tests.catalog.test_campaigns import CAMPAIGN, a_bundle, told_of

MOVED = Outcome(size_bytes=10, proof="read back")


def save(catalog, *bundles):
    for bundle in bundles:
        catalog.save_bundle(bundle)


def note_all(catalog, bundle):
    outcomes = dict.fromkeys([file.file_id for file in bundle.files], MOVED)
    catalog.note_outcomes(bundle.bundle_id, outcomes, told_of(bundle))


def test_no_bundle_is_written_over(catalog):
    bundle = a_bundle(0, "a", "b")
    save(catalog, bundle)
    catalog.open_campaign(CAMPAIGN)
    note_all(catalog, bundle)

    with pytest.raises(CatalogError):
        save(catalog, bundle)

    assert () == catalog.bundle(bundle.bundle_id).waiting
    assert 2 == len(list(drain(catalog)))


def test_a_campaign_that_is_not_open_has_no_bundles(catalog):
    save(catalog, a_bundle(0, "a"))

    assert [] == catalog.waiting_bundles("run-1")
    assert Progress() == catalog.campaign_progress("run-1")


def test_only_bundles_of_the_plan_that_was_opened_are_the_campaigns(catalog):
    broken_off = [a_bundle(number, f"k{number}", plan="plan-1") for number in range(3)]
    other_campaign = replace(a_bundle(0, "c"), bundle_id="run-2/plan-9/0000", campaign_id="run-2", plan_id="plan-9")
    counting = [a_bundle(0, "k0", "k1"), a_bundle(1, "k2")]
    save(catalog, *broken_off, other_campaign, *counting)

    catalog.open_campaign(CAMPAIGN)

    assert [bundle.bundle_id for bundle in counting] == catalog.waiting_bundles("run-1")
    assert counting == [catalog.bundle(bundle.bundle_id) for bundle in counting]
    assert other_campaign == catalog.bundle(other_campaign.bundle_id)
    for bundle in broken_off:
        with pytest.raises(NotFoundError):
            catalog.bundle(bundle.bundle_id)


def test_a_plan_that_comes_late_changes_nothing(catalog):
    bundle, late = a_bundle(0, "a", "b"), a_bundle(0, "b", "c", plan="plan-3")
    save(catalog, bundle)
    catalog.open_campaign(CAMPAIGN)
    note_all(catalog, bundle)

    save(catalog, late)
    assert [] == catalog.waiting_bundles("run-1")
    assert CAMPAIGN == catalog.open_campaign(replace(CAMPAIGN, plan_id="plan-3", bundles=9))

    assert Tally(files=2, size_bytes=20) == catalog.campaign_progress("run-1").moved
    assert () == catalog.bundle(bundle.bundle_id).waiting
    assert 2 == len(list(drain(catalog)))
    with pytest.raises(NotFoundError):
        catalog.bundle(late.bundle_id)


def test_the_run_that_came_last_carries_the_campaign(catalog):
    catalog.open_campaign(CAMPAIGN)
    catalog.set_campaign_state("run-1", CampaignState.PAUSED)

    second = catalog.carry_campaign("run-1", "run-2")
    assert ("run-2", CampaignState.RUNNING) == (second.carried_by, second.state)
    paused = catalog.set_campaign_state("run-1", CampaignState.PAUSED)
    assert paused == catalog.carry_campaign("run-1", "run-2")  # a task that is tried again
    assert "run-3" == catalog.carry_campaign("run-1", "run-3").carried_by
    for replaced in ("run-1", "run-2"):
        with pytest.raises(WrongStateError, match="run-3"):
            catalog.carry_campaign("run-1", replaced)

    catalog.set_campaign_state("run-1", CampaignState.CANCELLED)
    with pytest.raises(WrongStateError, match="cancelled"):
        catalog.carry_campaign("run-1", "run-4")
    assert ("run-1", "run-2", "run-3") == catalog.campaign("run-1").runs
    with pytest.raises(NotFoundError):
        catalog.carry_campaign("run-9", "run-2")


def test_of_runs_that_come_at_the_same_time_each_comes_once(catalog):
    catalog.open_campaign(CAMPAIGN)
    names = [f"resume-{number % 8}" for number in range(32)]

    def carry(run_id):
        with suppress(WrongStateError):
            catalog.carry_campaign("run-1", run_id)

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(carry, names))

    assert sorted({"run-1", *names}) == sorted(catalog.campaign("run-1").runs)


def test_a_campaign_from_before_plans_and_runs_were_noted_goes_on(mongo_catalog):
    bundle = a_bundle(0, "a", "b")
    save(mongo_catalog, bundle)
    mongo_catalog.open_campaign(CAMPAIGN)
    for shelf in ("campaigns", "bundles", "sheets"):
        mongo_catalog._shelf(shelf).update_many({}, {"$unset": {"plan_id": "", "runs": ""}})

    old = mongo_catalog.campaign("run-1")
    assert (None, None, False) == (old.plan_id, old.carried_by, old.is_taken_from("run-1"))
    assert old == mongo_catalog.open_campaign(CAMPAIGN)
    assert [bundle.bundle_id] == mongo_catalog.waiting_bundles("run-1")
    note_all(mongo_catalog, bundle)

    assert Tally(files=2, size_bytes=20) == mongo_catalog.campaign_progress("run-1").moved
    assert mongo_catalog.carry_campaign("run-1", "run-2").is_taken_from("run-1")
