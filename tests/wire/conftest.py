"""Stores that talk to a scripted server: what they send is recorded, what they hear is up to the test."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

import pytest
from werkzeug import Response

from cloudflow_lib.adapters.stores.azure_blob import AzureBlobStore
from cloudflow_lib.adapters.stores.gcs import GcsStore
from cloudflow_lib.adapters.stores.retries import Retrier
from cloudflow_lib.adapters.stores.s3 import S3Store
from tests.wire.raw import RawServer


@dataclass
class Wire:
    """The requests that came, and the answers still to give."""

    url: str
    answers: deque[Response] = field(default_factory=deque)
    requests: list = field(default_factory=list)

    def will_answer(self, *answers):
        self.answers.extend(answers)

    def take(self, request):
        request.get_data()  # read now, while the connection is there
        self.requests.append(request)
        if not self.answers:
            return Response("the test scripted no answer for this request", status=418)
        return self.answers.popleft()

    @property
    def sent(self):
        """Every request as `METHOD raw-path-and-query`."""
        return [f"{request.method} {request.environ['REQUEST_URI']}" for request in self.requests]

    @property
    def last(self):
        return self.requests[-1]


@pytest.fixture
def wire(httpserver):
    wire = Wire(httpserver.url_for(""))
    httpserver.expect_request(re.compile(".*")).respond_with_handler(wire.take)
    yield wire
    assert not wire.answers, f"the store did not ask for {len(wire.answers)} of the scripted answers"


@pytest.fixture
def server():
    """A server that says exactly the bytes it is told to."""
    server = RawServer()
    yield server
    server.close()


@pytest.fixture
def s3(wire):
    return _impatient(S3Store(bucket="b", endpoint_url=wire.url, access_key_id="k", secret_access_key="s"))


@pytest.fixture
def azure(imitated_azure):
    """Azure itself, which it would know by the name of its host."""
    imitated_azure._by_md5 = False
    return imitated_azure


@pytest.fixture
def imitated_azure(wire):
    url = wire.url.rstrip("/") + "/acc"
    return _impatient(AzureBlobStore(container="b", account="acc", account_key="a2V5", endpoint_url=url))


@pytest.fixture
def gcs(wire):
    return _impatient(GcsStore(bucket="b", project="p", endpoint_url=wire.url))


def _impatient(store):
    """Retry as often as ever, without the waiting."""
    store._retry = Retrier(3, first_wait_seconds=0.001)
    return store
