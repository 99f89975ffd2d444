"""How long a refused request waits: shortly while others get through, longer while nobody does."""

import asyncio
import random

import pytest

from cloudflow_lib.errors import StoreUnavailableError
from cloudflow_lib.transfer.gate import LONGEST_WAIT_SECONDS, UNLUCKY_WAIT_SECONDS, Gate

REFUSALS = 8
MANY = 12
"""Of which all repetitions are free: nobody waits for the clock."""


@pytest.fixture
def waits(monkeypatch):
    """What was waited for; nobody waits really, and chance always takes the longest."""
    slept, sleep = [], asyncio.sleep

    async def no_wait(seconds, *_result):
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", no_wait)
    monkeypatch.setattr(random, "uniform", lambda _least, most: most)
    return slept


def refusing(times):
    left = iter(range(times))

    async def call(_attempt):
        if next(left, None) is not None:
            raise StoreUnavailableError("busy")
        return "arrived"

    return call


def test_an_unlucky_object_waits_shortly_while_most_get_through(waits):
    assert asyncio.run(Gate()(refusing(REFUSALS), 0)) == "arrived"

    assert len(waits) == REFUSALS
    assert max(waits) == UNLUCKY_WAIT_SECONDS


def test_in_an_outage_all_wait_longer(waits):
    async def copy_many():
        gate = Gate()
        await asyncio.gather(*(gate(refusing(REFUSALS), 0) for _ in range(MANY)))

    asyncio.run(copy_many())

    assert max(waits[:MANY]) <= UNLUCKY_WAIT_SECONDS
    assert max(waits) == LONGEST_WAIT_SECONDS
