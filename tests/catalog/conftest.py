"""A fresh catalogue for each test: in memory, and on a real server that the session starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from benchmarks._servers import running_mongo
from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory) -> Iterator[str]:
    """The address of a MongoDB-compatible server; `CLOUDFLOW_TEST_MONGO_URL` names another one."""
    if given := os.environ.get("CLOUDFLOW_TEST_MONGO_URL"):
        yield given
    else:
        with running_mongo(tmp_path_factory.mktemp("mongo")) as url:
            yield url


@pytest.fixture
def mongo_catalog(mongo_url) -> Iterator[MongoCatalog]:
    """A fresh, empty database; it goes with the session's server."""
    catalog = MongoCatalog(mongo_url, f"t{uuid4().hex}")
    catalog.prepare()
    yield catalog
    catalog.close()


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
def catalog(request):
    """A fresh, empty catalogue; every adapter must keep every promise."""
    return MemoryCatalog() if request.param == "memory" else request.getfixturevalue("mongo_catalog")
