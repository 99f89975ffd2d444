"""Small traces to replay."""

import functools

import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from ml.backtest.evaluate import Arena
from ml.backtest.families.draws import Scale
from ml.backtest.families.make import make_trace

SMALL = Scale(objects=300, days=300, history_days=150)


@functools.cache
def trace_of(family, seed=3, change=None):
    return make_trace(family, seed, SMALL, change)


@pytest.fixture
def small_trace():
    return trace_of


@pytest.fixture
def arena():
    return lambda family, book="aws", change=None: Arena(trace_of(family, change=change), shipped_book(book))
