"""A process has one world, whoever asks for it first."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from cloudflow_lib import bootstrap


def test_threads_that_come_at_once_get_the_same_services(monkeypatch):
    built = []

    def build(_config):
        time.sleep(0.05)
        built.append(object())
        return built[-1]

    monkeypatch.setattr(bootstrap, "build_services", build)
    bootstrap._services.cache_clear()
    try:
        with ThreadPoolExecutor(8) as pool:
            found = set(pool.map(lambda _: bootstrap.services(), range(8)))
    finally:
        bootstrap._services.cache_clear()

    assert [built[0]] == built
    assert {built[0]} == found
