"""Migrations over the API: started after a look, watched, cancelled, tried again, taken back."""

from __future__ import annotations

import pytest

from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.workflows import start_moves
from cloudflow_lib.workflows.migrate_file import fail, take_steps
from cloudflow_lib.workflows.request_migrations import open_migrations
from tests.api.conftest import OWNER
from tests.api.places import add_file, add_place


@pytest.fixture(autouse=True)
def places(catalog, stores):
    add_place(catalog, stores)
    add_place(catalog, stores, "cheap", owners={"": OWNER}, credential_id="other-keys")  # another account: bytes flow


@pytest.fixture
def file(catalog, stores):
    return add_file(catalog, stores)


@pytest.fixture
def move(owner, file):
    """Start moving the file; return its migration as the API tells of it."""

    def start(**changes):
        wish = {"file_ids": [file.file_id], "location_id": "cheap", "tier": "cold", **changes}
        answer = owner.post("/migrations", json=wish)
        assert 202 == answer.status_code, answer.text
        [migration] = owner.get("/migrations", params={"batch_id": answer.json()["batch_id"]}).json()["migrations"]
        return migration

    return start


def test_what_was_started_is_there_at_once(owner, move, file, started):
    migration = move()
    place = {"location_id": "cheap", "name": file.key, "storage_class": "COLD"}

    assert ("queued", OWNER, place) == (migration["state"], migration["requested_by"], migration["destination"])
    assert f"http://airflow.test/dags/migrate_files/runs/{migration['batch_id']}" == migration["run_url"]
    [(dag, conf, user)] = started
    assert ("migrate_files", OWNER, [file.file_id]) == (dag, user, conf["file_ids"])
    assert migration == owner.get(f"/migrations/{migration['migration_id']}").json()
    assert migration["migration_id"] == owner.get(f"/files/{file.file_id}").json()["migration_id"]


def test_the_run_finds_what_the_request_opened(owner, move, started, services):
    migration = move()
    conf = {"limit": 200, "file_ids": None, **started[0][1]}
    [opened] = open_migrations(migration["batch_id"], OWNER, conf, services)
    take_steps(opened.migration_id, MigrationState.DONE, services)
    done = owner.get(f"/migrations/{opened.migration_id}").json()

    assert opened.migration_id == migration["migration_id"]
    assert ["queued", "validated", "copied", "verified", "switched", "done"] == list(done["timestamps"])
    assert (10, 10) == (done["copied_bytes"], done["size_bytes"])
    assert done["proof"]


def test_the_same_request_sent_again_starts_nothing_twice(owner, file, catalog):
    wish = {"file_ids": [file.file_id], "location_id": "cheap"}
    first = owner.post("/migrations", json=wish, headers={"Idempotency-Key": "k1"})
    catalog._answers.clear()  # its process died before it noted the answer
    again = owner.post("/migrations", json=wish, headers={"Idempotency-Key": "k1"})

    assert (202, first.json()) == (again.status_code, again.json())
    assert 1 == len(owner.get("/migrations").json()["migrations"])
    assert first.json()["batch_id"] == again.json()["batch_id"]


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"file_ids": ["0" * 32]}, 404, "no such file among the files of team-docs"),
        ({"location_id": "nowhere"}, 404, "there is no location 'nowhere'"),
        ({"location_id": "others"}, 404, "there is no location 'others'"),
        ({"file_ids": []}, 422, "say either file_ids or filter"),
        ({"filter": {"location_id": "main"}}, 422, "say either"),
        ({"file_ids": ["x"]}, 422, "file_ids/0"),
        ({"file_ids": {"$gt": ""}}, 422, "file_ids"),
        ({"quarantine_days": -1}, 422, "quarantine_days"),
        ({"storage_class": "A\r\nB"}, 422, "storage_class"),
        ({"destination_prefix": "x" * 1025}, 422, "destination_prefix"),
        ({"location_id": "main", "tier": "hot"}, 422, "lies there already"),
    ],
)
def test_what_is_refused_has_started_nothing(owner, file, catalog, stores, started, changes, status, said):
    add_place(catalog, stores, "others", owners={})
    answer = owner.post("/migrations", json={"file_ids": [file.file_id], "location_id": "cheap", **changes})

    assert (status, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert said in answer.json()["detail"]
    assert [] == started
    assert [] == owner.get("/migrations").json()["migrations"]


def test_a_request_goes_on_without_the_files_that_are_there_already(owner, file, catalog, stores):
    warm = add_file(catalog, stores, "docs/b.csv", storage_class="COLD")
    wish = {"file_ids": [file.file_id, warm.file_id], "tier": "cold"}
    told = owner.post("/migrations", json=wish).json()

    assert [{"file_id": warm.file_id, "reason": "there"}] == told["skipped"]
    assert 1 == told["batches"][0]["files"]


def test_files_that_stay_behind_are_named_with_their_reasons(owner, move, file, catalog, stores):
    move()
    gone = add_file(catalog, stores, "docs/gone.csv", state=FileState.VANISHED)
    fresh = add_file(catalog, stores, "docs/fresh.csv")
    wish = {"file_ids": [file.file_id, gone.file_id, fresh.file_id], "tier": "cold"}
    told = owner.post("/migrations", json=wish).json()

    assert [1] == [batch["files"] for batch in told["batches"]]
    assert {file.file_id: "held", gone.file_id: "gone"} == {row["file_id"]: row["reason"] for row in told["skipped"]}


@pytest.mark.parametrize(
    ("with_held", "status", "said"), [(False, 422, "is gone: run a scan"), (True, 409, "is being moved already or is")]
)
def test_a_request_of_which_no_file_can_start_says_why(owner, move, file, catalog, stores, with_held, status, said):
    move()
    gone = add_file(catalog, stores, "docs/gone.csv", state=FileState.VANISHED)
    ids = [gone.file_id, *([file.file_id] if with_held else [])]
    answer = owner.post("/migrations", json={"file_ids": ids, "tier": "cold"})

    assert status == answer.status_code
    assert said in answer.json()["detail"]


def test_a_filter_starts_the_files_that_it_finds(owner, catalog, stores):
    for name in ("docs/a.parquet", "docs/sub/b.parquet", "media/c.parquet"):
        add_file(catalog, stores, name)
    filter_ = {"location_id": "main", "prefix": "docs/", "include": ["*.parquet"], "exclude": ["*/sub/*"]}
    told = owner.post("/migrations", json={"filter": filter_, "location_id": "cheap"}).json()

    assert (1, "files") == (told["batches"][0]["files"], told["batches"][0]["kind"])
    [row] = owner.get("/migrations").json()["migrations"]
    assert "docs/a.parquet" == row["source"]["name"]
    nothing = owner.post("/migrations", json={"filter": {**filter_, "prefix": "none/"}, "location_id": "cheap"})
    assert 422 == nothing.status_code


def test_many_files_go_as_a_campaign_to_elsewhere_and_in_several_runs_in_place(
    owner, catalog, stores, started, monkeypatch
):
    monkeypatch.setattr(start_moves, "MOST_FILES", 3)
    monkeypatch.setattr(start_moves, "MOST_IN_PLACE", 8)
    for number in range(8):
        add_file(catalog, stores, f"docs/{number}")
    wish = {"filter": {"location_id": "main"}, "tier": "cold"}
    campaign = owner.post("/migrations", json={**wish, "location_id": "cheap"}).json()
    [(dag, conf, _)] = started
    assert ("migrate_campaign", "main", "cheap") == (dag, conf["source_location"], conf["destination_location"])
    assert ("campaign", None) == (campaign["batches"][0]["kind"], campaign["batches"][0]["files"])

    add_file(catalog, stores, "docs/8")
    assert "at most" in owner.post("/migrations", json=wish).json()["detail"]
    wish["filter"]["exclude"] = ["docs/8"]
    several = owner.post("/migrations", json=wish).json()
    assert [3, 3, 2] == [batch["files"] for batch in several["batches"]]
    assert 8 == len(owner.get("/migrations", params={"state": "running"}).json()["migrations"])


def test_a_migration_is_cancelled_before_its_switch(owner, move, services):
    migration = move()
    cancelled = owner.post(f"/migrations/{migration['migration_id']}/cancel")

    assert (200, "cancelled") == (cancelled.status_code, cancelled.json()["state"])
    assert cancelled.json() == owner.post(f"/migrations/{migration['migration_id']}/cancel").json()
    assert "switched" != services.catalog.migration(migration["migration_id"]).state


def test_too_late_says_what_can_be_done_instead(owner, move, services):
    name = move()["migration_id"]
    take_steps(name, MigrationState.DONE, services)
    refused = owner.post(f"/migrations/{name}/cancel")

    assert (409, "urn:cloudflow:problem:wrong-state") == (refused.status_code, refused.json()["type"])
    assert "roll the migration back instead" in refused.json()["detail"]
    assert 409 == owner.post(f"/migrations/{name}/retry").status_code


def test_a_migration_is_rolled_back_while_its_source_is_there(owner, move, services, file):
    name = move()["migration_id"]
    take_steps(name, MigrationState.DONE, services)
    assert owner.get(f"/migrations/{name}").json()["quarantined_until"]
    back = owner.post(f"/migrations/{name}/rollback")

    assert (200, "rolled_back") == (back.status_code, back.json()["state"])
    assert "main" == owner.get(f"/files/{file.file_id}").json()["location_id"]
    rows = owner.get("/migrations", params={"file_id": file.file_id}).json()["migrations"]
    assert {(None, True), (name, False)} == {(row["undoes"], row["run_url"] is not None) for row in rows}


def test_a_failed_migration_is_tried_again_in_a_run_of_its_own(owner, move, services, started):
    first = move()
    name = first["migration_id"]
    fail(name, "the store was full", services)
    again = owner.post(f"/migrations/{name}/retry")

    assert (202, "queued", None) == (again.status_code, again.json()["state"], again.json()["error"])
    assert first["batch_id"] != again.json()["batch_id"]
    assert again.json()["batch_id"] in again.json()["run_url"]
    assert ("migrate_files", {"retry": [name]}, OWNER) == started[-1]
    assert 409 == owner.post(f"/migrations/{name}/retry").status_code
    [opened] = open_migrations(again.json()["batch_id"], OWNER, {"retry": [name]}, services)
    take_steps(opened.migration_id, MigrationState.DONE, services)
    assert "done" == owner.get(f"/migrations/{name}").json()["state"]


def test_migrations_are_listed_page_by_page_and_by_state(owner, catalog, stores, file, services):
    files = [file, *(add_file(catalog, stores, f"docs/{number}") for number in range(4))]
    told = owner.post("/migrations", json={"file_ids": [one.file_id for one in files], "location_id": "cheap"}).json()
    rows = owner.get("/migrations", params={"batch_id": told["batch_id"]}).json()["migrations"]
    take_steps(rows[0]["migration_id"], MigrationState.DONE, services)
    fail(rows[1]["migration_id"], "no", services)

    def found(**query):
        return [row["migration_id"] for row in owner.get("/migrations", params=query).json()["migrations"]]

    assert [rows[0]["migration_id"]] == found(state="done")
    assert [rows[1]["migration_id"]] == found(state="failed")
    assert {row["migration_id"] for row in rows[2:]} == set(found(state="running"))
    assert {rows[0]["migration_id"], rows[1]["migration_id"]} == set(found(state=["done", "failed"]))
    page = owner.get("/migrations", params={"limit": 2}).json()
    rest = owner.get("/migrations", params={"limit": 3, "cursor": page["next_cursor"]}).json()
    assert 5 == len({row["migration_id"] for row in (*page["migrations"], *rest["migrations"])})
    assert rest["next_cursor"] is None
    assert 422 == owner.get("/migrations", params={"state": "$ne"}).status_code


def test_other_peoples_migrations_do_not_exist(other, viewer, admin, anonymous, move, file):
    name = move()["migration_id"]
    wish = {"file_ids": [file.file_id], "location_id": "cheap"}
    for client, read, write, start in ((other, 404, 404, 404), (viewer, 404, 403, 403), (anonymous, 401, 401, 401)):
        assert read == client.get(f"/migrations/{name}").status_code
        for action in ("cancel", "retry", "rollback"):
            assert write == client.post(f"/migrations/{name}/{action}").status_code
        assert start == client.post("/migrations", json=wish).status_code
    assert [] == other.get("/migrations").json()["migrations"]
    assert [name] == [row["migration_id"] for row in admin.get("/migrations").json()["migrations"]]
    assert 200 == admin.post(f"/migrations/{name}/cancel").status_code


def test_whether_others_have_a_location_is_not_told(other, catalog, stores):
    add_place(catalog, stores, "hidden", owners={"docs/": OWNER})
    add_file(catalog, stores, "docs/a.csv", location="hidden")

    for path, target in (("/migrations", {"tier": "cold"}), ("/campaigns", {"location_id": "main"})):
        told = [other.post(path, json={**target, "filter": {"location_id": name}}) for name in ("hidden", "not-there")]
        assert [422, 422] == [answer.status_code for answer in told]
        hidden, missing = (answer.json()["detail"] for answer in told)
        assert hidden.replace("hidden", "not-there") == missing
