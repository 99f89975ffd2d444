"""Writes that come too often, and writes that come twice."""

import asyncio
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import Request, Response
from fastapi.testclient import TestClient

from cloudflow_lib.errors import (
    CatalogUnavailableError,
    NotFoundError,
    StoreUnavailableError,
    UploadBusyError,
    WrongInputError,
)
from cloudflow_lib.settings import ApiSettings, LimitSettings, Settings
from tests.api.conftest import NOW


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
def catalog(request):
    from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog

    return MemoryCatalog() if request.param == "memory" else request.getfixturevalue("mongo_catalog")


class Shop:
    """An app with pages that write, and what they did."""

    def __init__(self, context, **limits):
        from cloudflow_plugin.api.app import build_app
        from cloudflow_plugin.api.callers import WriterDep

        given = Settings(api=ApiSettings(limits=LimitSettings(**limits)))
        self.app = build_app(replace(context, settings=lambda: given))
        self.bought: list = []
        self.fails: list = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.has_begun = threading.Event()

        @self.app.post("/api/v1/buy", status_code=201)
        def buy(caller: WriterDep, body: dict[str, str], response: Response):
            self.has_begun.set()
            assert self.may_go_on.wait(20)
            if self.fails:
                raise self.fails.pop()
            self.bought.append((caller.user, body))
            response.headers["Location"] = f"/orders/{len(self.bought)}"
            return {"order": len(self.bought)}

        @self.app.get("/api/v1/look")
        def look(caller: WriterDep):
            return caller.user

        @self.app.post("/api/v1/upload/test")
        async def upload(request: Request, caller: WriterDep):
            body = await request.body()
            if self.fails:
                raise self.fails.pop()
            self.bought.append((caller.user, len(body)))
            return len(self.bought)

    def client(self, name="team-docs"):
        headers = {"Authorization": f"Bearer {name}"} if name else {}
        return TestClient(self.app, "http://testserver/api/v1", headers=headers, raise_server_exceptions=False)

    def buy(self, what="ink", *, key="key-1", name="team-docs"):
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.client(name).post("/buy", json={"what": what}, headers=headers)


@pytest.fixture
def shop(context):
    return Shop(context)


def test_a_write_with_a_key_is_done_once(shop):
    first, again = shop.buy(), shop.buy()

    assert (201, {"order": 1}) == (first.status_code, first.json())
    assert "Idempotent-Replayed" not in first.headers
    assert (201, {"order": 1}) == (again.status_code, again.json())
    assert ("true", "/orders/1") == (again.headers["Idempotent-Replayed"], again.headers["Location"])
    assert [("team-docs", {"what": "ink"})] == shop.bought


def test_without_a_key_a_write_is_done_each_time(shop):
    assert [1, 2] == [shop.buy(key=None).json()["order"] for _ in range(2)]


def test_a_key_is_its_owners_and_stands_for_one_request(shop):
    shop.buy()
    other_body = shop.buy("pens")

    assert 422 == other_body.status_code
    assert "used for another request" in other_body.json()["detail"]
    assert {"order": 2} == shop.buy("pens", name="team-media").json()
    assert {"order": 3} == shop.buy("pens", key="key-2").json()


def test_a_duplicate_that_comes_while_the_first_is_at_work_is_turned_away(shop):
    shop.may_go_on.clear()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(shop.buy()))
    thread.start()
    assert shop.has_begun.wait(20)
    meanwhile = shop.buy()
    shop.may_go_on.set()
    thread.join(20)

    assert 409 == meanwhile.status_code
    assert "being worked on" in meanwhile.json()["detail"]
    assert 201 == answers[0].status_code
    assert "true" == shop.buy().headers["Idempotent-Replayed"]
    assert 1 == len(shop.bought)


def test_a_write_that_takes_long_keeps_its_key(context, monkeypatch):
    from cloudflow_plugin.api import replays

    monkeypatch.setattr(replays, "RENEWED_EVERY", timedelta(milliseconds=10), raising=False)
    hours, asked = [NOW], []

    def clock():
        asked.append(hours[-1])
        return hours[-1]

    services = replace(context.services(), clock=clock)
    services.catalog._now = lambda: hours[-1]
    shop = Shop(replace(context, services=lambda: services))
    shop.may_go_on.clear()
    thread = threading.Thread(target=shop.buy)
    thread.start()
    assert shop.has_begun.wait(20)
    for minutes in (4, 8, 12):
        hours.append(NOW + timedelta(minutes=minutes))
        give_up_at = time.monotonic() + 20
        while asked.count(hours[-1]) < 2 and time.monotonic() < give_up_at:  # the second look comes after a renewal
            time.sleep(0.01)
    meanwhile = shop.buy()
    shop.may_go_on.set()
    thread.join(20)

    assert 409 == meanwhile.status_code
    assert 1 == len(shop.bought)


@pytest.mark.parametrize("call", ["keep_answer", "release_answer"])
def test_an_answer_that_cannot_be_noted_is_given_all_the_same(shop, context, monkeypatch, caplog, call):
    def away(*_words, **_named):
        raise CatalogUnavailableError("MongoDB does not answer")

    monkeypatch.setattr(context.services().catalog, call, away)
    shop.fails = [StoreUnavailableError("busy")] if call == "release_answer" else []

    assert (503 if call == "release_answer" else 201) == shop.buy().status_code
    assert "api.answer_not_kept" in caplog.text
    assert "api.broke" not in caplog.text


@pytest.mark.parametrize("error", [NotFoundError("no such shop yet"), UploadBusyError("another request sends it")])
def test_a_refusal_that_passes_is_not_kept(shop, error):
    shop.fails.append(error)

    assert shop.buy().status_code in (404, 423)
    assert {"order": 1} == shop.buy().json()


@pytest.mark.parametrize("error", [StoreUnavailableError("busy"), ZeroDivisionError("oh")])
def test_a_write_that_failed_on_our_side_may_be_sent_again(shop, error):
    shop.fails.append(error)

    assert shop.buy().status_code in (500, 503)
    assert {"order": 1} == shop.buy().json()


def test_a_refusal_is_kept_and_one_that_passes_is_not(shop):
    assert 422 == shop.client().post("/buy", json=[], headers={"Idempotency-Key": "k"}).status_code
    kept = shop.client().post("/buy", json=[], headers={"Idempotency-Key": "k"})
    assert (422, "true") == (kept.status_code, kept.headers["Idempotent-Replayed"])
    assert "application/problem+json" == kept.headers["content-type"]
    for _ in range(2):
        refused = shop.buy(name="team-watch")
        assert (403, None) == (refused.status_code, refused.headers.get("Idempotent-Replayed"))


def test_a_body_that_broke_off_is_no_request(shop):
    headers = [(b"host", b"testserver"), (b"authorization", b"Bearer team-docs"), (b"idempotency-key", b"key-1")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/buy",
        "query_string": b"",
        "headers": [*headers, (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "http_version": "1.1",
        "server": ("testserver", 80),
    }
    coming = [
        {"type": "http.request", "body": b'{"what": "ink"', "more_body": True},
        {"type": "http.disconnect"},
    ]
    said = []

    async def receive():
        return coming.pop(0)

    async def send(message):
        said.append(message)

    asyncio.run(shop.app(scope, receive, send))

    assert 400 == said[0]["status"]
    assert [] == shop.bought
    assert (201, None) == (shop.buy().status_code, shop.buy(key="key-2").headers.get("Idempotent-Replayed"))


@pytest.mark.parametrize(("name", "status"), [(None, 401), ("team-payroll", 403), ("team-watch", 403)])
def test_nobody_gets_an_answer_by_knowing_a_key(shop, name, status):
    shop.buy()

    assert status == shop.buy(name=name).status_code


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\x7f"])
def test_a_key_that_is_none_is_refused(shop, key):
    answer = shop.buy(key=key)

    assert 422 == answer.status_code
    assert "1 to 255 visible ASCII characters" in answer.json()["detail"]


def test_an_answer_is_forgotten_after_a_day(shop, context):
    shop.buy()
    context.services().catalog._now = lambda: NOW + timedelta(hours=25)

    assert {"order": 2} == shop.buy().json()


def test_a_file_is_not_sent_twice(shop):
    def send(size):
        return shop.client().post("/upload/test", content=b"x" * size, headers={"Idempotency-Key": "k"})

    assert [1, 1] == [send(2_000_000).json() for _ in range(2)]
    assert 422 == send(1000).status_code
    assert [("team-docs", 2_000_000)] == shop.bought


def test_another_file_of_the_same_length_is_another_request(shop):
    def send(data):
        return shop.client().post("/upload/test", content=data, headers={"Idempotency-Key": "k"})

    assert 1 == send(b"x" * 1000).json()
    other = send(b"y" * 1000)

    assert 422 == other.status_code
    assert "used for another request" in other.json()["detail"]
    assert "true" == send(b"x" * 1000).headers["Idempotent-Replayed"]
    assert [("team-docs", 1000)] == shop.bought


def test_a_form_that_is_sent_again_is_the_same_whatever_its_boundary(shop):
    def send(data, boundary):
        typed = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": "k"}
        head = b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        body = b"\r\n".join([b"--" + boundary.encode(), head + data, b"--" + boundary.encode() + b"--", b""])
        return shop.client().post("/upload/test", content=body, headers=typed)

    assert 1 == send(b"x" * 100_000, "abcdef").json()
    assert "true" == send(b"x" * 100_000, "fedcba").headers["Idempotent-Replayed"]
    assert 422 == send(b"y" * 100_000, "abcdef").status_code
    assert 1 == len(shop.bought)


def test_a_form_with_a_boundary_that_none_may_have_reaches_its_handler(shop):
    typed = {"Content-Type": "multipart/form-data; boundary=" + "b" * 300, "Idempotency-Key": "k"}

    assert 200 == shop.client().post("/upload/test", content=b"x" * 1000, headers=typed).status_code


def test_a_file_that_was_refused_may_be_sent_again(shop):
    """Nobody knows of a refused file whether all of it came."""
    shop.fails.append(WrongInputError("it ended in the middle"))
    answers = [
        shop.client().post("/upload/test", content=b"x" * 1000, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]

    assert [422, 200] == [answer.status_code for answer in answers]


def test_writes_are_limited_per_account(context):
    shop = Shop(context, writes_per_user="3/minute")

    assert [201, 201, 201, 429] == [shop.buy(key=None).status_code for _ in range(4)]
    assert 201 == shop.buy(key=None, name="team-media").status_code
    assert 200 == shop.client().get("/look").status_code
    assert 200 == shop.client().post("/upload/test", content=b"x").status_code


def test_writes_are_limited_per_address(context):
    shop = Shop(context, writes_per_address="3/minute;100/hour", upload_per_address="1/minute")
    statuses = [shop.buy(key=None, name=name).status_code for name in ("team-docs", "team-media") * 2]

    assert [201, 201, 201, 429] == statuses
    uploads = [shop.client(name).post("/upload/test", content=b"x") for name in ("team-docs", "team-media")]
    assert [200, 429] == [answer.status_code for answer in uploads]
    assert 1 <= int(uploads[1].headers["Retry-After"]) <= 60
    assert "urn:cloudflow:problem:rate-limited" == uploads[1].json()["type"]


def test_a_limit_can_be_switched_off(context):
    shop = Shop(context, writes_per_user="", writes_per_address="")

    assert {201} == {shop.buy(key=None).status_code for _ in range(30)}
