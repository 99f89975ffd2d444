"""What a run of a campaign reports, and to whom."""

import pytest

from cloudflow_lib.domain.campaigns import CampaignState
from cloudflow_lib.domain.events import MigrationBatchEnded
from cloudflow_lib.errors import NotFoundError, WrongStateError
from cloudflow_lib.workflows.move_bundle import give_up_bundle, move_bundle
from cloudflow_lib.workflows.open_campaign import carry_on_campaign, open_campaign, steer_campaign
from cloudflow_lib.workflows.report_campaign import report_campaign
from tests.migration.conftest import build_bench

CAMPAIGN, RUN = "run-1", "run-2"
WISH = {"source_location": "here", "destination_location": "there", "destination_prefix": "moved/"}
SECRET = "nobody-else-may-read-this"


@pytest.fixture
def bench():
    """A campaign of team-docs with one file that could not be moved."""
    bench = build_bench()
    bench.put_file("raw/a.bin", b"abc")
    open_campaign(CAMPAIGN, "team-docs", WISH, bench.services)
    return bench


def fail(bench):
    for bundle_id in bench.catalog.waiting_bundles(CAMPAIGN):
        give_up_bundle(bundle_id, SECRET, bench.services)


def report(bench, user, run=RUN):
    return report_campaign(CAMPAIGN, run, bench.services.clock(), bench.services, requested_by=user)


def ends(bench):
    return [event for event in bench.events() if isinstance(event, MigrationBatchEnded)]


@pytest.mark.parametrize("is_noted", [True, False])
def test_a_run_for_a_campaign_of_others_learns_nothing_of_it(bench, is_noted):
    fail(bench)
    if is_noted:  # else its worker was killed before it could
        with pytest.raises(NotFoundError):
            carry_on_campaign(CAMPAIGN, RUN, "team-platform", bench.services)

    told = report(bench, "team-platform")

    assert SECRET not in repr(told)
    assert ("team-platform", 0, 0, False) == (told.requested_by, told.done, told.failed, told.is_good)
    assert ["team-platform"] == [event.user for event in ends(bench)]
    assert SECRET not in repr(ends(bench))


def test_nobody_learns_nothing(bench):
    fail(bench)

    assert SECRET not in repr(report(bench, None))


def test_a_campaign_that_has_ended_is_not_reported_as_moved_once_more(bench):
    for bundle_id in bench.catalog.waiting_bundles(CAMPAIGN):
        move_bundle(bundle_id, bench.services)
    assert 1 == report(bench, "team-docs", run=CAMPAIGN).done

    with pytest.raises(WrongStateError):
        carry_on_campaign(CAMPAIGN, RUN, "team-docs", bench.services)
    told = report(bench, "team-docs")

    assert (0, False) == (told.done, told.is_good)
    assert "done" in told.problems[0]


@pytest.mark.parametrize("user", ["team-docs", "admin"])
def test_who_may_carry_it_on_gets_the_whole_campaign_told(bench, user):
    steer_campaign(CAMPAIGN, "team-docs", CampaignState.PAUSED, bench.services)
    carry_on_campaign(CAMPAIGN, RUN, user, bench.services)
    fail(bench)

    told = report(bench, user)

    assert 1 == told.failed
    assert SECRET in told.problems[0]


def test_what_refused_the_first_try_of_a_plan_does_not_hide_the_second(bench):
    bench.catalog.refuse_batch(CAMPAIGN, "team-docs", "the catalogue did not answer")
    for bundle_id in bench.catalog.waiting_bundles(CAMPAIGN):
        move_bundle(bundle_id, bench.services)

    assert 1 == report(bench, "team-docs", run=CAMPAIGN).done


def test_a_run_that_was_replaced_sends_nobody_to_replace_the_other_one(bench):
    carry_on_campaign(CAMPAIGN, RUN, "team-docs", bench.services)

    assert () == report(bench, "team-docs", run=CAMPAIGN).problems
    assert "wait still" in report(bench, "team-docs").problems[0]
