"""A fresh catalogue for each test: in memory, and on a real server that the session starts."""

from __future__ import annotations

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
def catalog(request):
    """A fresh, empty catalogue; every adapter must keep every promise."""
    return MemoryCatalog() if request.param == "memory" else request.getfixturevalue("mongo_catalog")
