"""What callers are told when something goes wrong."""

import logging
from typing import Annotated

import pytest
from fastapi import FastAPI, Query
from fastapi.testclient import TestClient

from cloudflow_lib import errors


def test_health_is_told_to_everybody(anonymous):
    answer = anonymous.get("/health")

    assert (200, {"status": "ok"}) == (answer.status_code, answer.json())


def test_an_unknown_page_is_a_problem(anonymous):
    answer = anonymous.get("/nothing-here", headers={"X-Request-ID": "abc-1"})

    assert 404 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
    assert {
        "type": "urn:cloudflow:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
        "request_id": "abc-1",
    } == answer.json()


@pytest.fixture
def trouble(context):
    """Return the answer of a handler that raises an error."""
    from cloudflow_plugin.api.app import build_app
    from cloudflow_plugin.api.callers import AdminDep, CallerDep, WriterDep

    app: FastAPI = build_app(context)
    raised = []

    @app.get("/raise")
    def breaking():
        raise raised[0]

    @app.get("/limited")
    def limited(limit: Annotated[int, Query(le=5)]):
        return limit

    @app.get("/see")
    def see(caller: CallerDep):
        return caller.user

    @app.post("/write")
    def write(caller: WriterDep):
        return caller.user

    @app.post("/administer")
    def administer(caller: AdminDep):
        return caller.user

    client = TestClient(app)
    client.will_raise = raised.append
    return client


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (errors.WrongInputError("write 1 to 5"), 422, "wrong-input"),
        (errors.NotFoundError("no file 'x'"), 404, "not-found"),
        (errors.NotAllowedError("not yours"), 403, "not-allowed"),
        (errors.LostRaceError("somebody was faster"), 409, "lost-race"),
        (errors.CatalogUnavailableError("busy"), 503, "catalog-unavailable"),
        (errors.StoreUnavailableError("busy"), 503, "store-unavailable"),
        (errors.StoreFullError("full"), 507, "store-full"),
        (errors.AccessDeniedError("the store refuses the key"), 502, "access-denied"),
    ],
)
def test_an_error_raised_on_purpose_is_told_as_it_is(trouble, error, status, kind):
    trouble.will_raise(error)
    answer = trouble.get("/raise")

    assert (status, str(error)) == (answer.status_code, answer.json()["detail"])
    assert f"urn:cloudflow:problem:{kind}" == answer.json()["type"]
    assert ("Retry-After" in answer.headers) == (status == 503)


@pytest.mark.parametrize("error", [ZeroDivisionError("secret detail"), errors.SecretError("key id 7 does not open")])
def test_what_must_not_happen_is_logged_and_not_told(trouble, error, caplog):
    trouble.will_raise(error)
    with caplog.at_level(logging.INFO):
        answer = trouble.get("/raise", headers={"X-Request-ID": "look-for-me"})

    assert 500 == answer.status_code
    assert str(error) not in answer.text
    assert "Traceback" not in answer.text
    assert "look-for-me" in answer.json()["detail"]
    assert str(error) in caplog.text
    assert "look-for-me" in caplog.text


def test_a_request_that_does_not_fit_says_where(trouble):
    answer = trouble.get("/limited?limit=7")

    assert 422 == answer.status_code
    assert [{"pointer": "query/limit", "detail": "Input should be less than or equal to 5"}] == answer.json()["errors"]
    assert "urn:cloudflow:problem:invalid-request" == answer.json()["type"]


def test_a_request_id_is_taken_over_only_when_it_cannot_forge_log_lines(anonymous):
    assert "a.b-c_1" == anonymous.get("/health", headers={"X-Request-ID": "a.b-c_1"}).headers["X-Request-ID"]
    for bad in ("", "a b", "x" * 65, "a%0ab"):
        made = anonymous.get("/health", headers={"X-Request-ID": bad}).headers["X-Request-ID"]
        assert 32 == len(made)


@pytest.mark.parametrize(
    ("name", "see", "write", "administer"),
    [
        (None, 401, 401, 401),
        ("nobody-known", 401, 401, 401),
        ("team-payroll", 403, 403, 403),
        ("team-watch", 200, 403, 403),
        ("team-docs", 200, 200, 403),
        ("admin", 200, 200, 200),
    ],
)
def test_each_account_may_do_what_its_role_says(trouble, name, see, write, administer):
    headers = {"Authorization": f"Bearer {name}"} if name else {}
    answers = [
        trouble.get("/see", headers=headers),
        trouble.post("/write", headers=headers),
        trouble.post("/administer", headers=headers),
    ]

    assert [see, write, administer] == [answer.status_code for answer in answers]
    assert all("WWW-Authenticate" in answer.headers for answer in answers if answer.status_code == 401)
