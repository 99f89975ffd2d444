"""A migration that a team starts through Airflow's API, from the click to the mail."""

import os
from collections import defaultdict

import httpx
import pytest

from cloudflow_lib.domain.events import MigrationAdvanced, MigrationBatchEnded
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import NotAllowedError
from tests.stack.runs import DAG

EVERY_STEP = [
    MigrationState.QUEUED,
    MigrationState.VALIDATED,
    MigrationState.COPIED,
    MigrationState.VERIFIED,
    MigrationState.SWITCHED,
    MigrationState.DONE,
]
SEVERAL_PARTS = 20 * 1024 * 1024
CONTENTS = {
    "several parts.bin": os.urandom(SEVERAL_PARTS),
    "empty.txt": b"",
    "Übersicht 2026 + 50 %.txt": b"A name with everything that goes wrong in URLs.",
}


@pytest.mark.parametrize(
    ("source", "target", "quarantine_days"), [("s3", "azure", 0), ("azure", "gcs", 7), ("gcs", "s3", 0)]
)
def test_a_team_moves_its_files_to_another_cloud(stack, places, put_files, migrate, source, target, quarantine_days):
    files = put_files(places[source], CONTENTS)

    run = migrate(
        "team-docs", files.values(), destination_location=places[target].name, quarantine_days=quarantine_days
    )

    assert run.wait() == "success", run.mails()
    for name, file in files.items():
        assert places[target].bucket.get(file.key) == CONTENTS[name]
        assert places[source].bucket.get(file.key) == (CONTENTS[name] if quarantine_days else None)
        assert stack.services.catalog.file(file.file_id).location_id == places[target].name
    quarantined = stack.services.catalog.quarantined_at(places[source].name)
    assert {file.key for file in files.values()} & set(quarantined) == (
        {file.key for file in files.values()} if quarantine_days else set()
    )
    assert_told_in_order(run, len(files))


@pytest.mark.parametrize(("server", "cold_class"), [("moto", "GLACIER_IR"), ("azure", "Cold")])
def test_a_team_changes_the_class_of_its_files_where_they_lie(places, put_files, migrate, server, cold_class):
    files = put_files(places[server], {"report.txt": b"Rarely read.", "table.csv": b"a,b\n1,2\n"})
    bucket = places[server].bucket

    run = migrate("team-docs", files.values(), destination_tier="cold")

    assert run.wait() == "success", run.mails()
    assert {bucket.storage_class(file.key) for file in files.values()} == {cold_class}
    assert bucket.get(files["report.txt"].key) == b"Rarely read."
    assert bucket.get(files["table.csv"].key) == b"a,b\n1,2\n"
    assert_told_in_order(run, len(files))


def assert_told_in_order(run, count):
    """Each step of each file, the end of the run, and one mail to the one who asked."""
    told = defaultdict(list)
    events = run.events()
    for event in events:
        if isinstance(event, MigrationAdvanced):
            told[event.subject].append(event.data.state)
    assert [EVERY_STEP] * count == list(told.values())
    assert isinstance(events[-1], MigrationBatchEnded)
    assert events[-1].data.done == count
    assert len({event.id for event in events}) == len(events) == count * len(EVERY_STEP) + 1
    (mail,) = run.mails()
    assert [f"{run.user}@cloudflow.example"] == [one["address"] for one in mail["to"]]


def test_files_of_others_are_refused_and_stay_where_they_are(stack, places, put_files, migrate):
    theirs = put_files(places["s3"], {"paper.txt": b"Not yours."}, owner="research")
    own = put_files(places["s3"], {"own.txt": b"Mine."})
    wanted = [*theirs.values(), *own.values()]

    run = migrate("team-docs", wanted, destination_location=places["azure"].name, quarantine_days=0)

    assert run.wait() == "failed"
    assert {} == run.migrations
    for file in wanted:
        assert places["s3"].bucket.get(file.key) is not None
        assert places["azure"].bucket.get(file.key) is None
        assert stack.services.catalog.file(file.file_id).migration_id is None
    (mail,) = run.mails()
    assert "no such file among the files of team-docs" in mail["text"]
    assert theirs["paper.txt"].key not in mail["text"]


def test_an_administrator_may_move_everybodys_files(places, put_files, migrate):
    theirs = put_files(places["s3"], {"paper.txt": b"Moved by an administrator."}, owner="research")

    run = migrate("admin", theirs.values(), destination_location=places["gcs"].name, quarantine_days=0)

    assert run.wait() == "success", run.mails()
    assert places["gcs"].bucket.get(theirs["paper.txt"].key) == b"Moved by an administrator."


def test_a_team_may_start_no_other_dag(stack):
    with stack.airflow("team-docs") as airflow, pytest.raises(NotAllowedError):
        airflow.trigger("sweep_leftovers", {})


@pytest.fixture(scope="module")
def viewer(stack, suffix):
    """An account that may only look, made through Airflow's own API."""
    name, password = f"viewer-{suffix}", f"pass-{suffix}"
    account = {"username": name, "email": f"{name}@cloudflow.example", "first_name": "V", "last_name": "V"}
    with stack.airflow() as admin:
        admin._ask("POST", "/auth/fab/v1/users", json=account | {"password": password, "roles": [{"name": "Viewer"}]})
    return name, password


def test_a_viewer_may_start_nothing(stack, viewer):
    with stack.airflow(*viewer) as airflow, pytest.raises(NotAllowedError):
        airflow.trigger(DAG, {})


def test_nobody_starts_anything_without_signing_in(stack):
    answer = httpx.post(f"{stack.airflow_url}/api/v2/dags/{DAG}/dagRuns", json={"logical_date": None})

    assert answer.status_code == httpx.codes.UNAUTHORIZED
