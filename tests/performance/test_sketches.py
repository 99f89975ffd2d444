"""Percentiles from sketches: near enough to the exact ones, and the same in whatever order."""

from __future__ import annotations

import numpy as np
import pytest
from ddsketch import DDSketch
from ddsketch.mapping import LogarithmicMapping
from hypothesis import given
from hypothesis import strategies as st

from cloudflow_lib.domain.sketches import ACCURACY, Sketch, bin_of, seconds_of

SHARES = (0.5, 0.9, 0.95, 0.99)
SECONDS = st.floats(1e-6, 1e7)


def sketch_of(values):
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    return sketch


@pytest.mark.parametrize("name", ["lognormal", "exponential", "pareto"])
def test_percentiles_are_within_half_a_percent_of_the_exact_ones(name):
    draw = np.random.default_rng(7)
    values = getattr(draw, name)(*{"lognormal": (0, 2), "exponential": (3,), "pareto": (1.5,)}[name], 20_000)
    found = sketch_of(values).quantiles(SHARES)
    exact = np.quantile(values, SHARES, method="lower")

    assert all(abs(one / other - 1) <= ACCURACY + 1e-9 for one, other in zip(found, exact, strict=True))


def test_the_bins_are_those_of_the_library():
    values = np.random.default_rng(1).lognormal(0, 2, 2000)
    theirs = DDSketch(ACCURACY)
    for value in values:
        theirs.add(value)

    assert sketch_of(values).quantiles(SHARES) == pytest.approx([theirs.get_quantile_value(q) for q in SHARES])


@given(st.lists(SECONDS, max_size=50), st.lists(SECONDS, max_size=50))
def test_a_merged_sketch_is_that_of_all_durations(left, right):
    merged = sketch_of(left)
    merged.merge(sketch_of(right))

    assert sketch_of([*left, *right]) == merged
    assert merged == Sketch.unpack(merged.pack())
    assert len(left) + len(right) == merged.count


@given(SECONDS)
def test_a_bin_stands_for_what_is_in_it(seconds):
    assert abs(seconds_of(bin_of(seconds)) / seconds - 1) <= ACCURACY * 1.0001


def test_nothing_has_no_percentiles_and_the_extremes_do_not_break():
    assert (None, None) == Sketch().quantiles((0.5, 0.99))
    assert 2 == len(sketch_of([0.0, -1.0, 1e99, float("inf")]).counts)


def test_bins_of_another_width_are_counted_in_ours():
    told = Sketch.told({LogarithmicMapping(0.02).key(3.0): 4}, 0.02)

    assert 4 == told.count
    assert 3.0 == pytest.approx(told.quantiles([0.5])[0], rel=0.025)
