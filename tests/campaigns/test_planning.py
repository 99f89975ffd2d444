"""A campaign is planned once, whatever becomes of the workers that plan it."""

import pytest

from cloudflow_lib.domain import campaigns
from cloudflow_lib.workflows.move_bundle import move_bundle
from cloudflow_lib.workflows.open_campaign import open_campaign
from cloudflow_lib.workflows.scan_location import scan_location
from tests.migration.conftest import build_bench

RUN = "run-1"
WISH = {"source_location": "here", "destination_location": "there", "max_files": 9}


class Killed(BaseException):
    """What a worker does not survive."""


@pytest.fixture
def bench(monkeypatch):
    """Ten files, four to a bundle: one more than the campaign may take."""
    monkeypatch.setattr(campaigns, "SMALLEST_BUNDLE", 4)
    bench = build_bench()
    for number in range(10):
        bench.put_file(f"raw/{number:02}.bin", bytes([number]) * (number + 1))
    bench.events()
    return bench


def plan(bench):
    return open_campaign(RUN, "team-docs", WISH, bench.services)


def lose(bench, *keys):
    """Let files go, and let the catalogue know."""
    for key in keys:
        bench.stores["here"].delete(key)
    bench.later(minutes=1)
    scan_location("here", catalog=bench.catalog, open_store=bench.services.open_store, clock=bench.services.clock)


def move_all(bench):
    for bundle_id in bench.catalog.waiting_bundles(RUN):
        move_bundle(bundle_id, bench.services)


def moved(bench):
    return [event.subject for event in bench.events() if event.type == "io.cloudflow.file.moved.v1"]


def test_of_a_plan_that_broke_off_no_bundle_is_moved(bench, monkeypatch):
    """The second plan has fewer bundles, and other files in them."""

    def kill(_campaign):
        raise Killed

    with monkeypatch.context() as deadly:
        deadly.setattr(bench.catalog, "open_campaign", kill)
        with pytest.raises(Killed):
            plan(bench)
    lose(bench, "raw/03.bin", "raw/05.bin")

    campaign = plan(bench)
    waiting = bench.catalog.waiting_bundles(RUN)
    move_all(bench)

    assert (8, campaign.bundles) == (campaign.planned.files, len(waiting))
    assert campaign.planned == bench.catalog.campaign_progress(RUN).moved
    assert 8 == len(bench.keys("there"))
    assert 8 == len(set(moved(bench)))


def test_a_planner_that_comes_late_changes_nothing(bench, monkeypatch):
    """Its heartbeat was lost, not its life: the next one has opened the campaign, and bundles have moved."""
    real, opened = bench.catalog.save_bundle, []

    def freeze(bundle):
        monkeypatch.setattr(bench.catalog, "save_bundle", real)
        opened.append(plan(bench))
        move_all(bench)
        real(bundle)

    monkeypatch.setattr(bench.catalog, "save_bundle", freeze)
    late = plan(bench)

    assert opened == [late]
    assert [] == bench.catalog.waiting_bundles(RUN)
    assert late.planned == bench.catalog.campaign_progress(RUN).moved
    assert 9 == len(set(moved(bench)))
