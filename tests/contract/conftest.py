"""One store per test, of every kind; no kind can be left out and none can be skipped."""

from __future__ import annotations

import pytest

from cloudflow_lib.domain.locations import Provider
from tests.conftest import SERVERS
from tests.contract.signed_off import SIGNED_OFF

MISSING = [provider for provider in Provider if not any(name.split("-")[0] == provider for name in SERVERS)]
assert not MISSING, f"no contract server for {MISSING}"

REMOTE = [name for name in SERVERS if name != "memory"]


def params(names):
    return [pytest.param(name, id=name, marks=[pytest.mark.servers] if name in REMOTE else []) for name in names]


@pytest.fixture(params=params(SERVERS))
def server(request):
    sign_off(request)
    return request.getfixturevalue(SERVERS[request.param])


@pytest.fixture(params=params(REMOTE))
def remote(request):
    """A server that can refuse: memory cannot."""
    sign_off(request)
    return request.getfixturevalue(SERVERS[request.param])


@pytest.fixture
def store(server):
    """A fresh, empty store."""
    opened = server.open_fresh()
    yield opened
    opened.close()


def sign_off(request):
    if reason := SIGNED_OFF.get((request.param, request.node.originalname)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
