"""What every test may use: the servers of the session, each started by the first test that asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from benchmarks._servers import running_mongo
from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog
from tests import servers

hypothesis.settings.register_profile("no clock", deadline=None)
hypothesis.settings.load_profile("no clock")  # a machine with much to do is no failure

STACK = "tests/stack/"

SERVERS = {
    "memory": "memory_server",
    "s3-versitygw": "versitygw",
    "s3-moto": "moto",
    "azure-azurite": "azurite",
    "gcs-fake": "fake_gcs",
}
"""Every server of the contract suite -> its fixture."""


class ByFile(LoadScopeScheduling):
    """Keeps a file's tests on one worker, and all those of the whole stack: there is one, for one at a time."""

    def _split_scope(self, nodeid):
        return STACK if nodeid.startswith(STACK) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # by number of tests: the stack has few, but takes longest
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Let one of several workers begin with the whole stack, so that it does not end last."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(STACK))


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


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory) -> Iterator[str]:
    """The address of a MongoDB-compatible server; `CLOUDFLOW_TEST_MONGO_URL` names another one."""
    if given := os.environ.get("CLOUDFLOW_TEST_MONGO_URL"):
        yield given
    else:
        with running_mongo(tmp_path_factory.mktemp("mongo"), outlives_power=False) as url:
            yield url


@pytest.fixture
def mongo_catalog(mongo_url) -> Iterator[MongoCatalog]:
    """A fresh, empty database; it goes with the session's server."""
    catalog = MongoCatalog(mongo_url, f"t{uuid4().hex}")
    catalog.prepare()
    yield catalog
    catalog.close()
