"""A fresh catalogue for each test: in memory, and on a real server that the session starts."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog
from tests.servers import free_port, tool


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory) -> Iterator[str]:
    """The address of a MongoDB-compatible server that keeps what it acknowledges."""
    if given := os.environ.get("CLOUDFLOW_TEST_MONGO_URL"):
        yield given
        return
    folder = tmp_path_factory.mktemp("mongo")
    with run_mongo(folder, free_port()) as url:
        yield url


class run_mongo:  # noqa: N801 - reads as the order it is
    """Run the server over *folder* until the block ends."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def __enter__(self) -> str:
        words = ["--port", str(self.port), "--storage-path", str(self.folder / "data"), "--sync-on-commit"]
        with (self.folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen([tool("secantusd-py"), *words], stdout=log, stderr=log, cwd=self.folder)
        url = f"mongodb://127.0.0.1:{self.port}/?directConnection=true"
        catalog = MongoCatalog(url, "probe", timeout_ms=60_000)
        catalog.ping()
        catalog.close()
        return url

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture
def mongo_catalog(mongo_url) -> Iterator[MongoCatalog]:
    """A fresh, empty database."""
    name = f"t{uuid4().hex}"
    catalog = MongoCatalog(mongo_url, name)
    catalog.prepare()
    yield catalog
    catalog._client.drop_database(name)
    catalog.close()


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
def catalog(request):
    """A fresh, empty catalogue; every adapter must keep every promise."""
    return MemoryCatalog() if request.param == "memory" else request.getfixturevalue("mongo_catalog")
