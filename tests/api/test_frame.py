"""What surrounds every request: ids, headers, limits, counters, the description."""

import json
import logging
import threading
import time
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from cloudflow_lib.errors import CatalogUnavailableError
from cloudflow_lib.settings import ApiSettings, Settings

ROOT = "http://testserver/cloudflow/api/v1"


@pytest.fixture
def client_of(context):
    """Return a client of the app under other settings of the API, with a page that writes."""
    from cloudflow_plugin.api.app import build_app
    from cloudflow_plugin.api.callers import WriterDep

    def build(**settings) -> TestClient:
        given = Settings(api=ApiSettings(**settings))
        app = build_app(replace(context, settings=lambda: given))

        @app.post("/api/v1/write")
        def write(caller: WriterDep, said: dict[str, str]):
            return {caller.user: len(said)}

        return TestClient(app, "http://testserver/api/v1")

    return build


def test_every_line_in_the_log_names_the_request(owner, caplog):
    with caplog.at_level(logging.INFO):
        owner.get("/health", headers={"X-Request-ID": "find-me"})

    assert "api.answered method=GET path=/cloudflow/api/v1/health status=200" in caplog.text
    assert "request=find-me" in caplog.text


def test_no_name_in_a_path_forges_a_line_in_the_log(owner, caplog):
    with caplog.at_level(logging.INFO):
        owner.get("/x%0d%1b[2Kapi.answered%20method=DELETE%20user=admin")

    assert "path=/cloudflow/api/v1/x%0D%1B%5B2Kapi.answered%20method" in caplog.text
    assert not any({"\r", "\x1b"} & set(record.getMessage()) for record in caplog.records)


def test_every_answer_tells_browsers_to_be_careful(anonymous):
    for path in ("/health", "/nothing", "/openapi.json"):
        headers = anonymous.get(path).headers
        assert "nosniff" == headers["X-Content-Type-Options"]
        assert "DENY" == headers["X-Frame-Options"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Cookie": "_token=team-docs", "Origin": "http://testserver"}, 200),
        ({"Cookie": "_token=team-docs", "Origin": "https://desk.example"}, 200),
        ({"Cookie": "_token=team-docs", "Origin": "https://evil.example"}, 403),
        ({"Cookie": "_token=team-docs", "Origin": "http://testserver.evil.example"}, 403),
        ({"Cookie": "_token=team-docs", "Origin": "null"}, 403),
        ({"Cookie": "_token=team-docs", "Origin": "http://["}, 403),
        ({"Cookie": "_token=team-docs", "Origin": "http://[::1"}, 403),
        ({"Cookie": "_token=team-docs"}, 403),
        ({"Authorization": "Bearer team-docs"}, 200),
        ({"Authorization": "Bearer team-docs", "Origin": "https://evil.example"}, 200),
    ],
)
def test_a_write_by_cookie_must_come_from_our_own_pages(client_of, headers, status):
    answer = client_of(origins=("https://desk.example",)).post("/write", json={}, headers=headers)

    assert status == answer.status_code
    if status == 403:
        assert "urn:cloudflow:problem:foreign-origin" == answer.json()["type"]


@pytest.mark.parametrize(
    ("scheme", "origin", "status"),
    [
        ("https", "https://testserver", 200),
        ("https", "http://testserver", 403),  # anybody on the way can write such a page
        ("http", "https://testserver", 200),  # TLS ended in front of us
        ("http", "ftp://testserver", 403),
        ("http", "//testserver", 403),
    ],
)
def test_a_page_that_came_over_plain_http_writes_nothing_over_tls(client_of, scheme, origin, status):
    headers = {"Cookie": "_token=team-docs", "Origin": origin}

    assert status == client_of().post(f"{scheme}://testserver/api/v1/write", json={}, headers=headers).status_code


def test_other_sites_may_read_nothing_unless_settings_name_them(client_of):
    asked = {"Origin": "https://desk.example", "Access-Control-Request-Method": "GET"}

    assert "access-control-allow-origin" not in client_of().get("/health", headers=asked).headers
    assert 405 == client_of().options("/health", headers=asked).status_code
    open_to_one = client_of(origins=("https://desk.example",))
    assert "https://desk.example" == open_to_one.get("/health", headers=asked).headers["access-control-allow-origin"]
    assert "access-control-allow-origin" not in open_to_one.get("/health", headers={"Origin": "https://x.test"}).headers


def test_a_body_that_is_too_large_is_refused_announced_or_not(client_of):
    client, headers = client_of(body_bytes=100), {"Authorization": "Bearer team-docs"}
    fits, long = json.dumps({"a": "x" * 91}).encode(), json.dumps({"a": "x" * 92}).encode()

    def in_pieces(body):
        yield from (body[:50], body[50:])

    typed = {**headers, "Content-Type": "application/json"}
    assert 200 == client.post("/write", content=fits, headers=typed).status_code
    assert 200 == client.post("/write", content=in_pieces(fits), headers=typed).status_code
    for content in (long, in_pieces(long)):
        answer = client.post("/write", content=content, headers=typed)
        assert (413, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
        assert "larger than 100 bytes" in answer.json()["detail"]


def test_an_answer_that_did_not_change_is_not_sent_again(owner):
    first = owner.get("/openapi.json")
    again = owner.get("/openapi.json", headers={"If-None-Match": f'"other", W/{first.headers["ETag"]}'})

    assert 200 == first.status_code
    assert "private, no-cache" == first.headers["Cache-Control"]
    assert (304, b"", first.headers["ETag"]) == (again.status_code, again.content, again.headers["ETag"])
    assert 200 == owner.get("/openapi.json", headers={"If-None-Match": '"other"'}).status_code


@pytest.mark.parametrize(
    ("name", "description", "metrics"),
    [("anonymous", 401, 401), ("stranger", 403, 403), ("viewer", 200, 403), ("owner", 200, 403), ("admin", 200, 200)],
)
def test_who_may_read_the_description_and_the_counters(request, name, description, metrics):
    client = request.getfixturevalue(name)

    assert description == client.get("/openapi.json").status_code
    assert metrics == client.get("/metrics").status_code


def test_prometheus_reads_the_counters_with_its_own_token(client_of):
    client = client_of(metrics_token=SecretStr("scrape-me"))
    client.get("/health")
    client.get("/some/guessed/name")
    answer = client.get("/metrics", headers={"Authorization": "Bearer scrape-me"})

    assert 'cloudflow_api_requests_total{method="GET",route="/api/v1/health",status="200"} 1.0' in answer.text
    assert 'cloudflow_api_request_seconds_count{method="GET",route="/api/v1/health"} 1.0' in answer.text
    assert 'route="(no such page)",status="404"' in answer.text
    assert "guessed" not in answer.text
    assert 401 == client.get("/metrics", headers={"Authorization": "Bearer scrape-m"}).status_code


def test_an_empty_token_opens_the_counters_to_nobody(client_of):
    client = client_of(metrics_token=SecretStr(""))

    assert 401 == client.get("/metrics").status_code
    assert 401 == client.get("/metrics", headers={"Authorization": "Bearer "}).status_code
    assert 200 == client.get("/metrics", headers={"Authorization": "Bearer admin"}).status_code


def test_methods_that_somebody_makes_up_are_counted_as_one(client_of):
    client = client_of(metrics_token=SecretStr("scrape-me"))
    for method in ("GUESSA", "GUESSB"):
        client.request(method, "/health")
    counters = client.get("/metrics", headers={"Authorization": "Bearer scrape-me"}).text

    assert 'method="OTHER"' in counters
    assert "GUESS" not in counters


def test_the_description_in_the_repository_is_that_of_the_app(context):
    from cloudflow_plugin.api.app import build_app
    from cloudflow_plugin.api.openapi import CHECKED_IN, as_text, describe

    assert CHECKED_IN.read_text() == as_text(describe(build_app(context))), "run `make openapi`"


def test_every_refusal_is_described_as_a_problem(owner):
    described = owner.get("/openapi.json").json()
    operations = {
        (method, path): operation for path, found in described["paths"].items() for method, operation in found.items()
    }
    for place, operation in operations.items():
        refused = {status: answer for status, answer in operation["responses"].items() if status[0] in "45d"}
        assert all(answer["$ref"].startswith("#/components/responses/") for answer in refused.values()), place
        if place[0] != "options":  # it asks nobody and nothing
            assert "503" in refused, place
            assert {"401", "403"} <= set(refused) or operation.get("security") == [], place

    refusals = described["components"]["responses"].values()
    assert all(["application/problem+json"] == list(answer["content"]) for answer in refusals)
    assert "HTTPValidationError" not in json.dumps(described)
    assert {"bearer": [], "cookie": []} == {name: [] for entry in described["security"] for name in entry}


def test_every_write_but_signing_in_is_described_with_its_key(owner):
    paths = owner.get("/openapi.json").json()["paths"]
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    writes = {
        f"{method} {path}": key in operation.get("parameters", [])
        for path, found in paths.items()
        for method, operation in found.items()
        if method not in ("get", "head", "options")
    }

    assert {write for write, has_key in writes.items() if not has_key} == {
        f"post /api/v1/auth/{what}" for what in ("token", "refresh", "logout")
    }
    assert not any(
        key in operation.get("parameters", [])
        for found in paths.values()
        for method, operation in found.items()
        if method == "get"
    )


def test_a_query_that_says_one_thing_twice_is_refused(owner, anonymous):
    answer = owner.get("/files?name=a&name=b")

    assert (422, "query/name") == (answer.status_code, answer.json()["errors"][0]["pointer"])
    assert 200 == owner.get("/files?tier=hot&tier=warm").status_code
    assert 422 == owner.get("/me/mails?limit=1&limit=2").status_code
    assert 401 == anonymous.get("/files?name=a&name=b").status_code


def test_the_catalogue_is_read_before_the_first_person_asks(app, catalog, monkeypatch):
    asked = threading.Event()
    monkeypatch.setattr(catalog, "sum_files", lambda *_: asked.set())
    with TestClient(app):
        assert asked.wait(10)


def test_the_catalogue_is_looked_at_while_nobody_asks(app, catalog, monkeypatch):
    from cloudflow_plugin.api import warming

    looks, is_enough = [], threading.Event()

    def look(*_):
        looks.append(1)
        if len(looks) == 2:
            raise CatalogUnavailableError("it sleeps")  # and is asked again all the same
        if len(looks) > 3:
            is_enough.set()

    monkeypatch.setattr(catalog, "sum_files", look)
    monkeypatch.setattr(warming, "FILES_EVERY_SECONDS", 0.01)
    with TestClient(app):
        assert is_enough.wait(10)


def test_a_catalogue_that_does_not_answer_keeps_nobody_from_serving(app, catalog, monkeypatch, caplog):
    def broken(*_):
        raise CatalogUnavailableError("it sleeps")

    monkeypatch.setattr(catalog, "sum_files", broken)
    with TestClient(app) as client:
        assert 200 == client.get("/cloudflow/api/v1/health").status_code
        wait = time.monotonic() + 10
        while "api.not_warmed" not in caplog.text and time.monotonic() < wait:
            time.sleep(0.02)
    assert "api.not_warmed" in caplog.text
