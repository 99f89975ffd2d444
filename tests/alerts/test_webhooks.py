"""Calling a webhook over HTTP, at the address that was looked up and nowhere else."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from contextlib import suppress

import pytest
from werkzeug import Response

from cloudflow_lib.adapters.webhooks import http
from cloudflow_lib.adapters.webhooks.http import post_webhook
from cloudflow_lib.errors import WebhookError
from cloudflow_lib.ports import resolver
from cloudflow_lib.workflows.call_webhooks import CLAIM, ROUND


def test_the_call_goes_to_the_number_as_the_host(httpserver):
    httpserver.expect_request("/in", "POST", data="{}", headers={"X-CloudFlow-Event": "e1"}).respond_with_data("ok")
    post_webhook(f"http://hooks.example.test:{httpserver.port}/in", "127.0.0.1", b"{}", {"X-CloudFlow-Event": "e1"})

    [(request, _)] = httpserver.log
    assert f"hooks.example.test:{httpserver.port}" == request.headers["Host"]


def test_no_redirect_is_followed_and_no_refusal_is_taken_for_a_yes(httpserver):
    httpserver.expect_request("/away").respond_with_data("", 302, {"Location": "/in"})
    httpserver.expect_request("/no").respond_with_data("", 500)

    for path, status in (("away", 302), ("no", 500)):
        with pytest.raises(WebhookError, match=f"hooks.example.test answered {status}, not 2xx"):
            post_webhook(f"http://hooks.example.test:{httpserver.port}/{path}", "127.0.0.1", b"{}", {})


def test_who_cannot_be_reached_is_named():
    with pytest.raises(WebhookError, match=r"hooks\.example\.test cannot be reached"):
        post_webhook("http://hooks.example.test:9/in", "127.0.0.1", b"{}", {})


def test_an_answer_without_an_end_holds_nobody_up(httpserver):
    httpserver.expect_request("/on").respond_with_handler(
        lambda _request: Response(itertools.repeat(b"x" * 65536), mimetype="text/plain")
    )

    post_webhook(f"http://hooks.example.test:{httpserver.port}/on", "127.0.0.1", b"{}", {})


def test_an_answer_that_trickles_in_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.5)
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle():
            connection, _ = server.accept()
            with connection, suppress(OSError):
                while not is_over.wait(0.1) and time.monotonic() < begun + 8:
                    connection.sendall(b"H")

        begun = time.monotonic()
        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        with pytest.raises(WebhookError, match="did not answer within"):
            post_webhook(f"http://hooks.example.test:{server.getsockname()[1]}/in", "127.0.0.1", b"{}", {})
        is_over.set()
        thread.join(10)


def test_a_name_that_nobody_tells_the_address_of_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(resolver, "LOOKUP_SECONDS", 0.2)
    is_over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: is_over.wait(8) and [])
    begun = time.monotonic()

    assert () == resolver.system_resolver("hooks.example.test", 443)
    assert 4 > time.monotonic() - begun
    is_over.set()


def test_a_call_ends_within_its_claim_with_its_lookup():
    """Else somebody else makes it a second time."""
    assert CLAIM.total_seconds() > ROUND.total_seconds() + resolver.LOOKUP_SECONDS + http.TIMEOUT_SECONDS
