"""Our API inside a real Airflow API server: real accounts, real tokens, real mounting."""

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import jwt
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog
from tests.api.airflow_process import PASSWORD, running_airflow

pytestmark = pytest.mark.servers

TABLES = ("ab_user", "revoked_token")


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, mongo_url):
    settings = {
        "CLOUDFLOW_MONGO__URL": mongo_url,
        "CLOUDFLOW_MONGO__DATABASE": "in_airflow",
        "CLOUDFLOW_CONFIG": "/dev/null",
        "CLOUDFLOW_API__LIVE__RECHECK_SECONDS": "1",
        "CLOUDFLOW_API__LIMITS__LOGIN_PER_USER": "1000/minute",
        "CLOUDFLOW_API__LIMITS__LOGIN_PER_ADDRESS": "1000/minute",
    }
    with running_airflow(tmp_path_factory.mktemp("airflow"), settings) as server:
        yield server


@pytest.mark.parametrize(
    ("user", "description", "metrics"),
    [
        (None, 401, 401),
        ("team-payroll", 403, 403),
        ("team-watch", 200, 403),
        ("team-docs", 200, 403),
        ("team-media", 200, 403),
        ("admin", 200, 200),
    ],
)
def test_the_roles_of_the_bootstrap_decide(airflow, user, description, metrics):
    with airflow.client(user) as client:
        assert 200 == client.get("/health").status_code
        assert description == client.get("/openapi.json").status_code
        assert metrics == client.get("/metrics").status_code


def test_a_viewer_may_not_write(airflow):
    key = {"Idempotency-Key": "k"}
    refused = airflow.client("team-watch").post("/upload?location_id=s3-main&name=a", content=b"x", headers=key)

    assert (403, "application/problem+json") == (refused.status_code, refused.headers["content-type"])
    assert 401 == airflow.client().post("/upload?location_id=s3-main&name=a", content=b"x").status_code


def test_the_web_pages_cookie_opens_the_api(airflow):
    root = f"{airflow.url}/cloudflow/api/v1"
    with httpx.Client(base_url=root, timeout=60) as browser:
        sign_in = {"username": "team-docs", "password": PASSWORD, "cookies": True}
        assert 200 == browser.post("/auth/token", json=sign_in).status_code
        assert 200 == browser.get("/openapi.json").status_code
        assert 200 == browser.get(f"{airflow.url}/api/v2/plugins").status_code
        assert 403 == browser.post("/auth/logout").status_code  # no Origin: not from our page
        assert 204 == browser.post("/auth/logout", headers={"Origin": airflow.url}).status_code
        assert 401 == browser.get("/openapi.json").status_code


def test_tokens_are_airflows_own_and_end_with_their_session(airflow):
    with airflow.client() as client:
        first = client.post("/auth/token", json={"username": "team-media", "password": PASSWORD}).json()
        shown = {"refresh_token": first["refresh_token"]}
        second = client.post("/auth/refresh", json=shown).json()

        def opens(tokens, url="/openapi.json"):
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            return client.get(url, headers=headers).status_code == 200

        assert opens(first)
        assert opens(second)
        assert opens(second, f"{airflow.url}/api/v2/plugins")
        assert 401 == client.post("/auth/refresh", json=shown).status_code
        assert not opens(first)
        assert not opens(second)
        assert not opens(second, f"{airflow.url}/api/v2/plugins")


@pytest.mark.parametrize("name", ["team-docs", "team-nobody", "' OR 1=1 --", "Ünïcode 😀"])
def test_a_wrong_password_is_refused(airflow, name):
    answer = airflow.client().post("/auth/token", json={"username": name, "password": "wrong"})

    assert (401, "The name or the password is wrong.") == (answer.status_code, answer.json()["detail"])


def test_an_administrator_sees_airflows_accounts_and_signs_one_out(airflow, mongo_url):
    with airflow.client("admin") as admin, airflow.client() as theirs:
        shown = theirs.post("/auth/token", json={"username": "team-watch", "password": PASSWORD}).json()
        theirs.headers["Authorization"] = f"Bearer {shown['access_token']}"
        assert 200 == theirs.get("/me").status_code
        found = {one["user"]: one for one in admin.get("/users").json()["users"]}

        assert (["Admin"], True) == (found["admin"]["roles"], found["admin"]["is_admin"])
        assert (["Viewer"], False, True) == tuple(
            found["team-watch"][name] for name in ("roles", "is_admin", "is_active")
        )
        assert found["team-watch"]["seen_at"] is not None
        assert found["team-watch"]["sessions"] >= 1
        assert 200 == admin.put("/users/team-watch/limits", json={"storage_bytes": 5}).status_code

        assert admin.post("/users/team-watch/sign-out").json()["sessions"] >= 1
        assert 401 == theirs.get("/me").status_code
        assert 401 == theirs.post("/auth/refresh", json={"refresh_token": shown["refresh_token"]}).status_code
    airflow.tokens.pop("team-watch", None)
    catalog = MongoCatalog(mongo_url, "in_airflow")
    assert {"admin"} == catalog.admins()  # whom tasks take for an administrator
    catalog.close()


def test_a_changed_password_ends_the_sessions_of_before(airflow):
    account = f"{airflow.url}/auth/fab/v1/users/team-media"
    with airflow.client("admin") as admin, airflow.client() as theirs:

        def tokens(password):
            return theirs.post("/auth/token", json={"username": "team-media", "password": password}).json()

        def renewed(refresh_token):
            return theirs.post("/auth/refresh", json={"refresh_token": refresh_token})

        def change(**fields):
            admin.patch(account, params={"update_mask": list(fields)}, json=fields).raise_for_status()

        before = renewed(tokens(PASSWORD)["refresh_token"]).json()
        change(password="another one")
        try:
            assert 401 == renewed(before["refresh_token"]).status_code
            after = renewed(tokens("another one")["refresh_token"])
            assert 200 == after.status_code
        finally:
            change(password=PASSWORD)
        assert 401 == theirs.get("/me", headers={"Authorization": f"Bearer {before['access_token']}"}).status_code
    airflow.tokens.pop("team-media", None)


@contextmanager
def without_tables(airflow):
    """Take the tables of the accounts away from a running Airflow, as a restore of its database does."""
    database = sqlite3.connect(f"{airflow.environment['AIRFLOW_HOME']}/airflow.db", timeout=60)
    for name in TABLES:
        database.execute(f"ALTER TABLE {name} RENAME TO {name}_away")
    try:
        yield
    finally:
        for name in TABLES:
            database.execute(f"ALTER TABLE {name}_away RENAME TO {name}")
        database.close()


def test_who_asks_while_airflows_database_is_away_is_told_to_wait(airflow):
    with airflow.client() as client:
        good = {"username": "team-media", "password": PASSWORD}
        tokens = client.post("/auth/token", json=good).json()
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        with without_tables(airflow):
            answers = [
                client.get("/me", headers=headers),
                client.post("/auth/token", json=good),
                client.post("/auth/logout", json={"refresh_token": tokens["refresh_token"]}, headers=headers),
            ]
        told = [(one.status_code, one.text.partition('"title"')[0], one.headers.get("Retry-After")) for one in answers]

        assert [(503, '{"type":"urn:cloudflow:problem:accounts-unavailable",', "5")] * len(answers) == told
        assert 200 == client.post("/auth/token", json=good).status_code


def test_a_token_that_another_process_revoked_soon_opens_nothing(airflow):
    with airflow.client() as client:
        good = {"username": "team-media", "password": PASSWORD}
        token = client.post("/auth/token", json=good).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        assert 200 == client.get("/me").status_code  # the account is known here from now on
        claims = jwt.decode(token, options={"verify_signature": False})
        database = sqlite3.connect(f"{airflow.environment['AIRFLOW_HOME']}/airflow.db", timeout=60)
        with database:
            database.execute("INSERT INTO revoked_token VALUES (?, '2100-01-01')", (claims["jti"],))
        database.close()

        assert 401 == eventually(lambda: client.get("/me").status_code, 401)
        assert 401 == client.get("/me").status_code


def eventually(look, wanted, *, seconds=20):
    """Return what *look* sees as soon as that is *wanted*, and at the end whatever it is."""
    until = time.monotonic() + seconds
    while (seen := look()) != wanted and time.monotonic() < until:
        time.sleep(0.2)
    return seen


def test_nothing_of_ours_is_served_in_other_processes(airflow):
    program = """
import json, sys
from airflow import plugins_manager
apps, _ = plugins_manager.get_fastapi_plugins()
print(json.dumps([len(apps), "cloudflow_plugin.api" in sys.modules]))
"""
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, env=airflow.environment, capture_output=True, text=True, check=True)

    assert [0, False] == json.loads(done.stdout.strip().splitlines()[-1])


def test_a_dag_is_started_in_the_name_of_a_user(airflow):
    program = """
import json
from cloudflow_plugin.api.runs import OrchestratorError, start_run
run = start_run("scan_locations", {"location_id": "s3-main"}, user="team-docs")
from airflow.models import DagRun
from airflow.utils.session import create_session
with create_session() as session:
    row = session.query(DagRun).filter_by(run_id=run.run_id).one()
    told = [run.url, row.triggering_user_name, row.conf, str(row.state)]
wishes = [{"location_id": "s3-main"}, {"location_id": "s3-other"}]
named = [start_run("scan_locations", wish, user="team-docs", run_id="asked-twice") for wish in wishes]
assert named[0].url == named[1].url and named[0].url.endswith("/runs/asked-twice"), named
assert [None, wishes[0]] == [run.earlier for run in named], named
try:
    start_run("no_such_dag", {}, user="team-docs")
except OrchestratorError as error:
    told.append(str(error))
try:
    start_run("scan_locations", {"location_id": 7}, user="team-docs")
except OrchestratorError as error:
    told.append(str(error))
print(json.dumps([run.run_id, *told]))
"""
    subprocess.run(
        [sys.executable, "-m", "airflow", "dags", "reserialize"],
        env=airflow.environment,
        check=True,
        capture_output=True,
    )
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, env=airflow.environment, capture_output=True, text=True, check=True)
    run_id, url, user, conf, state, *refusals = json.loads(done.stdout.strip().splitlines()[-1])

    assert url.startswith(f"{airflow.url}/dags/scan_locations/runs/manual__")
    assert run_id.split("+")[0] in url.replace("%3A", ":")
    assert ("team-docs", {"location_id": "s3-main"}, "queued") == (user, conf, state)
    assert "no_such_dag" in refusals[0]
    assert 2 == len(refusals)


def stream(airflow, **headers):
    url = f"{airflow.url.replace('http', 'ws')}/cloudflow/api/v1/events/ws"
    return connect(url, additional_headers=headers, open_timeout=30)


def end_of(socket):
    """Read on until the server ends it, and return its last words."""
    try:
        for _ in range(100):
            socket.recv(timeout=20)
    except ConnectionClosed as closed:
        return closed.rcvd
    raise AssertionError("it goes on and on")


def test_a_stream_is_opened_by_the_cookie_of_our_page_and_ends_with_the_session(airflow):
    root = f"{airflow.url}/cloudflow/api/v1"
    with httpx.Client(base_url=root, timeout=60) as browser:
        browser.post("/auth/token", json={"username": "team-docs", "password": PASSWORD, "cookies": True})
        cookie = f"_token={browser.cookies['_token']}"
        with pytest.raises(InvalidStatus), stream(airflow, Cookie=cookie, Origin="https://evil.example"):
            pass
        with stream(airflow, Cookie=cookie, Origin=airflow.url) as socket:
            assert "notice" in json.loads(socket.recv(timeout=10))
            browser.post("/auth/logout", headers={"Origin": airflow.url})
            closed = end_of(socket)
    assert 4401 == closed.code
    with pytest.raises(InvalidStatus) as refused, stream(airflow, Cookie=cookie, Origin=airflow.url):
        pass
    assert 401 == refused.value.response.status_code


def test_streams_do_not_keep_the_server_from_stopping(airflow):
    """Last of all: the server is gone behind it."""
    token = airflow.client("admin").headers["Authorization"]
    url = f"{airflow.url}/cloudflow/api/v1/events"
    with (
        stream(airflow, Authorization=token) as socket,
        httpx.stream("GET", url, headers={"Authorization": token}, timeout=60) as response,
    ):
        lines = response.iter_lines()
        assert "retry: 2000" == next(lines)
        airflow.stop()
        assert any('"state": "ended"' in line for line in lines)
        assert 1012 == end_of(socket).code
        airflow.wait_for_end()
