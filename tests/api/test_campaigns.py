"""Campaigns over the API: started after a look, watched, paused, carried on, ended."""

from __future__ import annotations

import pytest

from cloudflow_lib.domain.campaigns import CampaignState, Outcome
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.workflows.open_campaign import open_campaign
from tests.api.conftest import OTHER, OWNER
from tests.api.places import add_file, add_place

WISH = {"filter": {"location_id": "main", "include": ["*.csv"]}, "location_id": "cheap", "max_files": 10}


@pytest.fixture(autouse=True)
def places(catalog, stores):
    add_place(catalog, stores)
    add_place(catalog, stores, "cheap", owners={"": OWNER}, credential_id="other-keys")
    return [add_file(catalog, stores, f"docs/{name}.csv") for name in "abc"]


@pytest.fixture
def campaign(services):
    """One that its first task has planned."""
    return open_campaign("run-1", OWNER, {"source_location": "main", "destination_location": "cheap"}, services)


def test_a_campaign_starts_as_its_dag_does_and_is_there_once_it_is_planned(owner, other, started, services):
    answer = owner.post("/campaigns", json=WISH)
    run = answer.json()
    assert (202, run["campaign_id"]) == (answer.status_code, run["run_id"])
    assert f"http://airflow.test/dags/migrate_campaign/runs/{run['run_id']}" == run["run_url"]
    assert 404 == owner.get(f"/campaigns/{run['campaign_id']}").status_code

    [(dag, conf, user)] = started
    assert ("migrate_campaign", OWNER) == (dag, user)
    open_campaign(run["run_id"], user, conf, services)  # what the run's first task does
    found = owner.get(f"/campaigns/{run['campaign_id']}").json()

    assert ({"files": 3, "size_bytes": 30}, "running", 1) == (found["planned"], found["state"], found["bundles"])
    assert [run["campaign_id"]] == [one["campaign_id"] for one in owner.get("/campaigns").json()["campaigns"]]
    assert [] == other.get("/campaigns").json()["campaigns"]


def test_the_same_request_sent_again_starts_one_campaign(owner, catalog):
    first = owner.post("/campaigns", json=WISH, headers={"Idempotency-Key": "k1"})
    catalog._answers.clear()  # its process died before it noted the answer
    again = owner.post("/campaigns", json=WISH, headers={"Idempotency-Key": "k1"})

    assert first.json() == again.json()


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"location_id": "nowhere"}, 404, "there is no location 'nowhere'"),
        ({"location_id": "main"}, 422, "to another location"),
        ({"filter": {"location_id": "main", "prefix": "none/"}}, 422, "no file matches"),
        ({"filter": {"location_id": "main", "prefix": "media/"}}, 422, "no file matches"),
        ({"max_files": 0}, 422, "body/max_files"),
    ],
)
def test_what_is_refused_starts_nothing(owner, started, changes, status, said, catalog, stores):
    add_file(catalog, stores, "media/film.mp4")  # somebody else's
    answer = owner.post("/campaigns", json={**WISH, **changes})

    assert status == answer.status_code
    assert said in answer.json()["detail"]
    assert [] == started


def test_how_far_it_is_says_what_did_not_arrive_and_why(owner, campaign, catalog, places):
    [bundle_id] = catalog.waiting_bundles(campaign.campaign_id)
    outcomes = [Outcome(size_bytes=10, proof="crc32c"), Outcome(size_bytes=10, problem="docs/b.csv: it is gone")]
    catalog.note_outcomes(bundle_id, dict(zip([file.file_id for file in places], outcomes, strict=False)))
    found = owner.get("/campaigns/run-1").json()

    assert ({"files": 1, "size_bytes": 10}, {"files": 1, "size_bytes": 10}) == (found["moved"], found["failed"])
    assert (["docs/b.csv: it is gone"], 1) == (found["problems"], found["waiting_bundles"])


@pytest.mark.usefixtures("campaign")
def test_a_campaign_is_paused_carried_on_and_ended(owner, started, catalog):
    assert ["paused", "paused"] == [owner.post("/campaigns/run-1/pause").json()["state"] for _ in range(2)]
    resumed = owner.post("/campaigns/run-1/resume")
    assert (202, "run-1") == (resumed.status_code, resumed.json()["campaign_id"])
    assert [("migrate_campaign", {"campaign_id": "run-1"}, OWNER)] == started
    found = catalog.campaign("run-1")
    assert (CampaignState.RUNNING, resumed.json()["run_id"]) == (found.state, found.carried_by)

    assert ["cancelled", "cancelled"] == [owner.post("/campaigns/run-1/cancel").json()["state"] for _ in range(2)]
    for act in ("pause", "resume"):
        refused = owner.post(f"/campaigns/run-1/{act}")
        assert (409, "urn:cloudflow:problem:wrong-state") == (refused.status_code, refused.json()["type"])
    assert 1 == len(started)


def test_a_campaign_that_was_refused_says_why_to_who_asked_for_it(owner, other, services):
    with pytest.raises(WrongInputError):
        open_campaign("run-2", OWNER, {"source_location": "main", "destination_location": "main"}, services)

    answer = owner.get("/campaigns/run-2")
    assert 404 == answer.status_code
    assert "urn:cloudflow:problem:campaign-refused" == answer.json()["type"]
    assert "a campaign moves files to another location" in answer.json()["detail"]
    others = other.get("/campaigns/run-2").json()
    assert "urn:cloudflow:problem:not-found" == others["type"]
    assert "another location" not in others["detail"]


def test_an_administrator_steers_everybodys(admin, campaign):
    assert OTHER != campaign.requested_by
    assert [campaign.campaign_id] == [one["campaign_id"] for one in admin.get("/campaigns").json()["campaigns"]]
    assert "paused" == admin.post("/campaigns/run-1/pause").json()["state"]
