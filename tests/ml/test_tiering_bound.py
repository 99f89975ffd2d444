"""What could be known of reads, and what it would be worth."""

import numpy as np
import pytest

from benchmarks._tiering_rates import Foreknown, foreknown
from benchmarks.tiering_bound import least_by_rates
from cloudflow_lib.adapters.prices.files import shipped_book
from ml.backtest.evaluate import Arena
from ml.backtest.families.draws import Scale
from ml.backtest.families.families import FAMILIES
from ml.backtest.families.make import make_trace
from ml.backtest.policies.registry import POLICIES

SMALL = Scale(objects=300, days=300, history_days=150)


def drawn_reads(trace):
    found = np.zeros((len(trace.objects), trace.days))
    np.add.at(found, (trace.log.object, trace.log.day), trace.log.reads)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_watching_a_family_changes_nothing_of_what_is_drawn(family):
    trace, _ = foreknown(family, 3, SMALL)

    assert np.array_equal(make_trace(family, 3, SMALL).log.reads, trace.log.reads)


@pytest.mark.parametrize("family", FAMILIES)
def test_as_many_reads_are_expected_as_are_drawn(family):
    """Within what chance does: no read is forgotten, and none is counted twice."""
    trace, known = foreknown(family, 3, Scale(objects=2_000, days=300, history_days=150))
    day = np.arange(trace.days)[None, :]
    alive = (day >= trace.objects.created[:, None]) & (day < trace.objects.deleted[:, None])

    expected = (known.rate + known.sure)[alive].sum()
    assert expected == pytest.approx(drawn_reads(trace).sum(), rel=0.15)


@pytest.mark.parametrize("family", ["media", "tenants"])
@pytest.mark.parametrize("book", ["aws", "gcs"])
def test_who_knows_each_read_to_the_day_pays_the_optimum(family, book):
    arena = Arena(make_trace(family, 3, SMALL), shipped_book(book))
    reads = drawn_reads(arena.trace)

    least = least_by_rates(arena, Foreknown(rate=np.zeros_like(reads), sure=reads))
    assert least == pytest.approx(arena.optimum(managed=True).cost_usd, rel=1e-6)


def test_who_knows_rates_only_pays_more_than_the_optimum_and_less_than_who_knows_nothing():
    trace, known = foreknown("media", 3, SMALL)
    arena = Arena(trace, shipped_book("aws"))
    managed = arena.policy(POLICIES["intelligent_tiering"])

    assert arena.optimum(managed=True).cost_usd < least_by_rates(arena, known) < managed.cost_usd
