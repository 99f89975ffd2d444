"""The catalogues of tests/catalog."""

from tests.catalog.conftest import catalog, mongo_catalog, mongo_url

__all__ = ["catalog", "mongo_catalog", "mongo_url"]
