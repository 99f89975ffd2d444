"""A real broker for the session, and topics that no other test has written to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks._servers import running_kafka


@pytest.fixture(scope="session")
def kafka(tmp_path_factory) -> Iterator[str]:
    """The address of a broker with the platform's topics."""
    with running_kafka(tmp_path_factory.mktemp("kafka")) as servers:
        yield servers
