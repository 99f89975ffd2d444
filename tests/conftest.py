"""What every test may use: the servers of the session, each started by the first test that asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import servers

STACK = Path(__file__).parent / "stack"

SERVERS = {
    "memory": "memory_server",
    "s3-versitygw": "versitygw",
    "s3-moto": "moto",
    "azure-azurite": "azurite",
    "gcs-fake": "fake_gcs",
}
"""Every server of the contract suite -> its fixture."""


def pytest_itemcollected(item):
    """Keep a file's tests on one worker, and all those of the whole stack: there is one stack, for one at a time."""
    item.add_marker(pytest.mark.xdist_group("stack" if STACK in item.path.parents else str(item.path)))


@pytest.fixture(scope="session")
def memory_server():
    return servers.memory()


@pytest.fixture(scope="session")
def versitygw(tmp_path_factory):
    with servers.versitygw(tmp_path_factory.mktemp("versitygw")) as server:
        yield server


@pytest.fixture(scope="session")
def moto(tmp_path_factory):
    with servers.moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="session")
def azurite(tmp_path_factory):
    with servers.azurite(tmp_path_factory.mktemp("azurite")) as server:
        yield server


@pytest.fixture(scope="session")
def fake_gcs(tmp_path_factory):
    with servers.fake_gcs(tmp_path_factory.mktemp("fake_gcs")) as server:
        yield server
