"""Recommendations over the API: looked through, explained, applied, dismissed and brought back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.domain.facts import recommendation_made
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.recommendations import CostPart, RecommendationState, Spot
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.settings import Settings
from cloudflow_lib.settings.advising import AdviceSettings
from cloudflow_lib.workflows.migrate_file import take_steps
from tests.api.conftest import NOW, OWNER
from tests.api.places import add_file, add_place
from tests.catalog.test_recommendations import a_recommendation

HOT, COLD = (
    Spot(location_id="main", storage_class="HOT", tier=Tier.HOT),
    Spot(location_id="main", storage_class="COLD", tier=Tier.COLD),
)


@pytest.fixture
def settings():
    return Settings(advice=AdviceSettings(most_files=3, most_gib=1))


@pytest.fixture(autouse=True)
def places(catalog, stores):
    add_place(catalog, stores)
    add_place(catalog, stores, "cheap", owners={"": OWNER}, credential_id="other-keys")


@pytest.fixture
def advise(catalog, stores):
    """Recommend a move of a new file; return the recommendation."""

    def make(key="docs/a.csv", **changes):
        file = add_file(catalog, stores, key)
        values = {
            "file_id": file.file_id,
            "owner": file.owner,
            "key": key,
            "size_bytes": file.size_bytes,
            "version": file.version,
            "source": HOT,
            "destination": COLD,
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=30),
            "state_since": NOW,
        }
        one = a_recommendation(**{**values, **changes})
        assert 1 == catalog.make_recommendations([(one, recommendation_made(one))])
        return one

    return make


def ids(*ones, **more):
    return {"recommendation_ids": [one.recommendation_id for one in ones], **more}


def listed(client, **query):
    return [row["name"] for row in client.get("/recommendations", params=query).json()["recommendations"]]


def test_recommendations_come_with_the_greatest_saving_first_page_by_page(owner, advise):
    for number in range(5):
        advise(f"docs/{number}", saves_per_month=float(number))
    page = owner.get("/recommendations", params={"limit": 2}).json()
    rest = listed(owner, cursor=page["next_cursor"])

    assert ["docs/4", "docs/3"] == [row["name"] for row in page["recommendations"]]
    assert ["docs/2", "docs/1", "docs/0"] == rest
    assert [] == listed(owner, state="applied") == listed(owner, location_id="cheap")
    row = page["recommendations"][0]
    assert ("hot", "HOT", "cold", "COLD", "main") == tuple(
        row[name] for name in ("from_tier", "from_class", "to_tier", "to_class", "to_location_id")
    )
    assert (["not read for 94 days"], 0.00002, None) == (row["reasons"], row["once"], row["run_url"])


def test_one_recommendation_is_explained(owner, advise):
    one = advise(once={CostPart.RETRIEVAL: 0.5, CostPart.REQUESTS: 0.25})
    told = owner.get(f"/recommendations/{one.recommendation_id}").json()

    assert (0.75, {"retrieval": 0.5, "requests": 0.25}) == (told["once"], told["once_parts"])
    assert [{"code": "not_read", "text": "not read for 94 days"}] == told["why"]
    assert ("expected-cost-1", "aws", "stay") == (told["model"], told["price_book"], told["compared_with"])


def test_applying_starts_the_moves_at_once(owner, advise, started, services):
    one, two = advise(), advise("docs/b.csv", destination=replace(COLD, location_id="cheap"))
    answer = owner.post("/recommendations/apply", json=ids(one, two, quarantine_days=3))

    told = answer.json()
    assert (202, 2, [1, 1]) == (answer.status_code, len(started), [batch["files"] for batch in told["batches"]])
    assert {OWNER} == {user for _, _, user in started}
    assert ["migrate_files", "migrate_files"] == [dag for dag, _, _ in started]
    rows = owner.get("/migrations").json()["migrations"]
    assert {"queued"} == {row["state"] for row in rows}
    applied = owner.get(f"/recommendations/{two.recommendation_id}").json()
    assert ("applied", True) == (applied["state"], applied["batch_id"] in applied["run_url"])
    assert told["batch_id"] == told["batches"][0]["batch_id"]
    for row in rows:
        take_steps(row["migration_id"], MigrationState.DONE, services)
    assert {"COLD"} == {row["storage_class"] for row in owner.get("/files").json()["files"]}
    assert 409 == owner.post("/recommendations/apply", json=ids(one)).status_code
    assert 2 == len(started)


def test_applying_counts_what_it_started_and_names_the_files_that_stay_behind(owner, advise, started, catalog):
    held, gone, fresh = advise("docs/held"), advise("docs/gone"), advise("docs/fresh")
    owner.post("/migrations", json={"file_ids": [held.file_id], "location_id": "cheap"})
    catalog._files[gone.file_id] = replace(catalog.file(gone.file_id), state=FileState.VANISHED)
    told = owner.post("/recommendations/apply", json=ids(held, gone, fresh)).json()

    assert [(1, 10)] == [(batch["files"], batch["size_bytes"]) for batch in told["batches"]]
    assert {held.file_id: "held", gone.file_id: "gone"} == {row["file_id"]: row["reason"] for row in told["skipped"]}
    assert [fresh.file_id] == started[-1][1]["file_ids"]
    assert {"docs/held", "docs/gone"} == set(listed(owner))
    refused = owner.post("/recommendations/apply", json=ids(held, gone))
    assert (409, 2) == (refused.status_code, len(started))
    assert "is being moved already or is gone" in refused.json()["detail"]


def test_what_this_very_request_holds_already_is_its_own_when_it_is_sent_again(owner, advise, catalog, monkeypatch):
    one = advise()
    with monkeypatch.context() as patch:  # its process dies before it notes what it does
        patch.setattr(catalog, "change_recommendations", lambda _: 0)
        first = owner.post("/recommendations/apply", json=ids(one), headers={"Idempotency-Key": "k1"}).json()
    catalog._answers.clear()
    again = owner.post("/recommendations/apply", json=ids(one), headers={"Idempotency-Key": "k1"})

    assert (202, first["batch_id"], []) == (again.status_code, again.json()["batch_id"], again.json()["skipped"])
    assert "applied" == owner.get(f"/recommendations/{one.recommendation_id}").json()["state"]


def test_a_prefix_is_told_and_applied_as_one_thing_part_by_part(owner, other, advise, started):
    for number in range(4):
        advise(f"docs/2019/{number}", saves_per_month=float(number + 1))
    advise("docs/other", saves_per_month=0.5)
    many, one = owner.get("/recommendations/prefixes").json()["prefixes"]

    assert ("docs/2019/", 4, 10.0, "HOT", "COLD") == tuple(
        many[name] for name in ("prefix", "count", "saves_per_month", "from_class", "to_class")
    )
    assert ("docs/", 1) == (one["prefix"], one["count"])
    assert [] == other.get("/recommendations/prefixes").json()["prefixes"]
    named = ("owner", "location_id", "prefix", "from_class", "to_location_id", "to_class")
    wish = {name: many[name] for name in named}
    assert 404 == other.post("/recommendations/prefixes/apply", json=wish).status_code

    first = owner.post("/recommendations/prefixes/apply", json=wish)
    assert (202, 3) == (first.status_code, first.json()["batches"][0]["files"])
    assert ["docs/2019/0", "docs/other"] == listed(owner)
    rest = owner.post("/recommendations/prefixes/apply", json=wish).json()
    assert 1 == rest["batches"][0]["files"]
    assert rest["batch_id"] != first.json()["batch_id"]
    assert 404 == owner.post("/recommendations/prefixes/apply", json=wish).status_code
    assert 2 == len(started)


def first_prefix(client):
    row = client.get("/recommendations/prefixes").json()["prefixes"][0]
    return {name: row[name] for name in ("owner", "location_id", "prefix", "from_class", "to_location_id", "to_class")}


def test_files_in_other_moves_are_named_and_leave_a_prefix_its_whole_limit(owner, advise, started):
    ones = [advise(f"docs/2019/{number}", saves_per_month=9.0 - number) for number in range(5)]
    held, free = ones[:3], ones[3:]  # the three greatest are as many as one request may start
    owner.post("/migrations", json={"file_ids": [one.file_id for one in held], "location_id": "cheap"})
    answer = owner.post("/recommendations/prefixes/apply", json=first_prefix(owner))

    assert (202, [one.file_id for one in free]) == (answer.status_code, started[-1][1]["file_ids"])
    assert [(one.file_id, "held") for one in held] == [tuple(row.values()) for row in answer.json()["skipped"]]
    assert 409 == owner.post("/recommendations/prefixes/apply", json=first_prefix(owner)).status_code


def test_files_that_cannot_start_do_not_count_against_what_one_request_may(owner, advise, started):
    ones = [advise(f"docs/{number}") for number in range(4)]
    owner.post("/migrations", json={"file_ids": [ones[0].file_id], "location_id": "cheap"})
    answer = owner.post("/recommendations/apply", json=ids(*ones))

    assert (202, 3) == (answer.status_code, len(started[-1][1]["file_ids"]))


@pytest.mark.parametrize(("many", "said"), [(1, "and the file is larger"), (2, "each of these 2 files is larger")])
def test_a_prefix_of_files_that_are_each_larger_than_the_limit_says_so(owner, advise, started, many, said):
    for number in range(many):
        advise(f"docs/2019/{number}", size_bytes=(1 << 30) + 1)
    answer = owner.post("/recommendations/prefixes/apply", json=first_prefix(owner))

    assert (422, []) == (answer.status_code, started)
    assert "at most 1,073,741,824 bytes at once" in answer.json()["detail"]
    assert said in answer.json()["detail"]


def test_too_many_at_once_start_nothing(owner, advise, started):
    many = [advise(f"docs/{number}") for number in range(4)]
    answer = owner.post("/recommendations/apply", json=ids(*many))

    assert (422, []) == (answer.status_code, started)
    assert "at most 3 files at once" in answer.json()["detail"]


def test_what_was_dismissed_can_be_brought_back(owner, advise):
    one, two = advise(), advise("docs/b.csv")
    gone = owner.post("/recommendations/dismiss", json=ids(one, two))
    assert (200, {"dismissed"}) == (gone.status_code, {row["state"] for row in gone.json()["recommendations"]})
    assert 200 == owner.post("/recommendations/dismiss", json=ids(one)).status_code
    assert [] == listed(owner)
    assert 2 == len(listed(owner, state="dismissed"))
    back = owner.post("/recommendations/restore", json=ids(one))

    assert (200, "open", None) == (
        back.status_code,
        back.json()["recommendations"][0]["state"],
        back.json()["recommendations"][0]["dismissed_until"],
    )
    assert back.json() == owner.post("/recommendations/restore", json=ids(one)).json()
    assert ["docs/a.csv"] == listed(owner)


def test_what_lost_its_reasons_meanwhile_does_not_open_again(owner, advise, catalog):
    old = advise("docs/old", expires_at=NOW - timedelta(days=1))
    other = advise("docs/other", version="another")
    beaten = advise("docs/beaten")
    owner.post("/recommendations/dismiss", json=ids(old, other, beaten))
    newer = a_recommendation(beaten.file_id, expires_at=NOW + timedelta(days=30))
    catalog.make_recommendations([(newer, recommendation_made(newer))])
    back = owner.post("/recommendations/restore", json=ids(old, other, beaten)).json()["recommendations"]

    assert ["expired", "expired", "superseded"] == [row["state"] for row in back]
    assert RecommendationState.OPEN is catalog.recommendation(newer.recommendation_id).state
    assert 409 == owner.post("/recommendations/restore", json=ids(old)).status_code


def test_the_sums_are_of_ones_own(owner, other, admin, advise):
    advise(saves_per_month=2.0)
    advise("docs/b", saves_per_month=1.0)
    advise("media/c", saves_per_month=4.0)

    assert (2, 3.0) == tuple(owner.get("/recommendations/summary").json()[n] for n in ("open_count", "found_per_month"))
    assert 4.0 == other.get("/recommendations/summary").json()["found_per_month"]
    assert 7.0 == admin.get("/recommendations/summary").json()["found_per_month"]


def test_other_peoples_recommendations_do_not_exist(other, viewer, admin, anonymous, advise, started):
    one = advise()
    for client, read, write in ((other, 404, 404), (viewer, 404, 403), (anonymous, 401, 401)):
        assert read == client.get(f"/recommendations/{one.recommendation_id}").status_code
        for action in ("apply", "dismiss", "restore"):
            assert write == client.post(f"/recommendations/{action}", json=ids(one)).status_code
    assert [] == listed(other) == started
    assert ["docs/a.csv"] == listed(admin)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"recommendation_ids": []},
        {"recommendation_ids": {"$ne": 1}},
        {"recommendation_ids": [{"$gt": ""}]},
        {"recommendation_ids": ["a\r\nb"]},
        {"recommendation_ids": ["../../etc/passwd"]},
        {"recommendation_ids": ["a"], "$where": "1"},
        {"recommendation_ids": ["a"] * 5001},
    ],
)
def test_what_is_malformed_is_refused(owner, body):
    for action in ("apply", "dismiss", "restore"):
        assert 422 == owner.post(f"/recommendations/{action}", json=body).status_code
