"""Policies in Airflow itself: what is beyond a limit waits for a person, and what runs is what the dry run said."""

import time
from datetime import timedelta

import httpx
import pytest

from cloudflow_lib.errors import NotAllowedError
from cloudflow_lib.ports.clock import system_clock
from tests.stack.runs import DAG, RUN_SECONDS

POLICY_DAG, ASK = "apply_policy", "ask"
PUTS_DOWN_SECONDS = 1.5
"""Airflow takes a task for lost whose answer comes while its process still ends, and asks again."""
OLD = ("a.log", "b.log", "c.log")


class Policies:
    """The platform's API for one user, and Airflow's for the answers."""

    def __init__(self, stack, user):
        self.stack, self.user = stack, user
        self.http = httpx.Client(base_url=f"{stack.airflow_url}/cloudflow/api/v1", timeout=60)
        sign_in = {"username": user, "password": stack.secrets.airflow_users[user]}
        token = self.ask("POST", "/auth/token", json=sign_in)["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method, path, **request):
        answer = self.http.request(method, path, **request)
        assert answer.is_success, answer.text
        return answer.json()

    def start(self, policy_id):
        return self.ask("POST", f"/policies/{policy_id}/run")["run_id"]

    def state(self, policy_id, run_id):
        runs = self.ask("GET", f"/policies/{policy_id}/runs")["runs"]
        return next(run["state"] for run in runs if run["run_id"] == run_id)

    def question(self, run_id):
        """Return what the run asks, once it asks."""
        with self.stack.airflow() as airflow:
            until = time.monotonic() + RUN_SECONDS
            while True:
                found = airflow._ask("GET", f"/api/v2/dags/{POLICY_DAG}/dagRuns/{run_id}/hitlDetails")["hitl_details"]
                if found:
                    return found[0]
                assert time.monotonic() < until, f"{run_id} asks nobody: {airflow.run(POLICY_DAG, run_id)}"
                time.sleep(0.2)

    def answer(self, run_id, word, user="admin"):
        time.sleep(PUTS_DOWN_SECONDS)
        place = f"/api/v2/dags/{POLICY_DAG}/dagRuns/{run_id}/taskInstances/{ASK}/-1/hitlDetails"
        with self.stack.airflow(user) as airflow:
            airflow._ask("PATCH", place, json={"chosen_options": [word], "params_input": {}})

    def wait(self, run_id, dag=POLICY_DAG):
        with self.stack.airflow() as airflow:
            return airflow.wait(dag, run_id, timeout=RUN_SECONDS)


@pytest.fixture(scope="module")
def policies(stack):
    return Policies(stack, "team-docs")


@pytest.fixture
def old_files(stack, put_files):
    """Put files there that nobody touched for 100 days, but one."""

    def put(place):
        files = put_files(place, {name: name.encode() * 100 for name in (*OLD, "fresh.log")})
        at = system_clock() - timedelta(days=100)
        aged = {"_id": {"$in": [files[name].file_id for name in OLD]}}
        then = {"$set": {"modified_at": at, "first_seen_at": at}}
        assert len(OLD) == stack.services.catalog._shelf("files").update_many(aged, then).modified_count
        return files

    return put


def goals_of_preview(preview):
    return {one["file_id"]: one["destination_class"] for one in preview["decisions"] if one["moves"]}


def goals_of_run(stack, run_id):
    """Return file -> class of what the run opened, once its batches are done."""
    with stack.airflow() as airflow:
        assert "success" == airflow.wait(DAG, f"policy__{run_id}_0", timeout=RUN_SECONDS)
    moves = stack.services.catalog.batch(f"policy__{run_id}_0")
    assert {"team-docs"} == {move.requested_by for move in moves}
    return {move.file_id: move.destination.storage_class for move in moves}


def test_beyond_its_limit_a_policy_asks_and_does_what_the_dry_run_said(stack, policies, places, old_files, mailbox):
    files = old_files(places["moto"])
    folder, bucket = files["a.log"].key.removesuffix("a.log"), places["moto"].bucket
    body = {"name": f"old logs {folder}", "location_id": places["moto"].name, "prefix": folder, "limits": {"files": 2}}
    policy_id = policies.ask("POST", "/policies", json=body | {"enabled": False})["policy_id"]
    preview = policies.ask("POST", f"/policies/{policy_id}/preview")

    assert ["3 files, the limit is 2"] == preview["asks"]
    assert {files[name].file_id: "GLACIER_IR" for name in OLD} == goals_of_preview(preview)

    rejected = policies.start(policy_id)
    question = policies.question(rejected)
    assert f"Policy old logs {folder} of team-docs: move 3 files?" == question["subject"]
    assert "3 files, the limit is 2" in question["body"]
    assert "awaiting" == policies.state(policy_id, rejected)
    with pytest.raises(NotAllowedError):
        policies.answer(rejected, "Approve", user="team-docs")
    policies.answer(rejected, "Reject")
    assert "success" == policies.wait(rejected)
    assert "rejected" == policies.state(policy_id, rejected)
    assert [] == list(stack.services.catalog.batch(f"policy__{rejected}_0"))
    assert {"STANDARD"} == {bucket.storage_class(file.key) for file in files.values()}

    approved = policies.start(policy_id)
    policies.question(approved)
    policies.answer(approved, "Approve")
    assert "success" == policies.wait(approved)
    assert "started" == policies.state(policy_id, approved)
    assert goals_of_preview(preview) == goals_of_run(stack, approved)
    moved = {name for name, file in files.items() if bucket.storage_class(file.key) == "GLACIER_IR"}
    assert set(OLD) == moved
    mails = mailbox.wait_for(f"Policy old logs {folder}")
    assert {"team-docs@cloudflow.example"} == {mail["to"][0]["address"] for mail in mails}


def test_within_its_limits_a_policy_asks_nobody(stack, policies, places, old_files):
    files = old_files(places["s3"])
    folder = files["a.log"].key.removesuffix("a.log")
    body = {"name": "old logs leave", "location_id": places["s3"].name, "prefix": folder, "enabled": False}
    wanted = body | {"destination_location": places["azure"].name}
    policy_id = policies.ask("POST", "/policies", json=wanted)["policy_id"]
    preview = policies.ask("POST", f"/policies/{policy_id}/preview")

    assert [] == preview["asks"]
    run_id = policies.start(policy_id)
    assert "success" == policies.wait(run_id)

    assert "started" == policies.state(policy_id, run_id)
    assert goals_of_preview(preview) == goals_of_run(stack, run_id)
    assert sorted(files[name].key for name in OLD) == places["azure"].bucket.keys(folder)
