"""Policies: they follow their rules, see no future, and are billed like the optimum."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import BOOKS, shipped_book
from cloudflow_lib.domain.prices_derived import with_rules
from ml.backtest.evaluate import Arena
from ml.backtest.families.draws import joined, log_of, object_table, read_once
from ml.backtest.policies.cloudflow import CloudFlow
from ml.backtest.policies.registry import POLICIES
from ml.backtest.policies.ski_rental import thresholds
from ml.backtest.replay import Replay
from ml.backtest.traces import NEVER, assembled


def shuffled_future(trace, day):
    """The same past; from *day* on, other objects are read and none is deleted."""
    random = np.random.default_rng(1)
    log = trace.log
    late = np.flatnonzero(log.day >= day)
    strangers = log.object.copy()
    strangers[late] = random.permutation(log.object[late])
    deleted = np.where(trace.objects.deleted > day, NEVER, trace.objects.deleted).astype(np.int32)
    return replace(
        trace,
        log=replace(log, object=strangers, reads=np.where(log.day >= day, 7, log.reads)),
        objects=replace(trace.objects, deleted=deleted),
    )


@pytest.mark.parametrize("name", POLICIES)
def test_another_future_changes_no_decision(name, small_trace, arena):
    """Up to the morning of the day from which everything differs."""
    day = 220
    made = []
    for trace in (small_trace("tenants"), shuffled_future(small_trace("tenants"), day)):
        field = arena("tenants")
        replay = Replay(trace, field.book, field.classes)
        made.append(replay.run(POLICIES[name](), until=day + 1))

    moves = [decisions.moves for decisions in made]
    assert np.array_equal(made[0].first[: len(made[1].first)], made[1].first)
    assert all(np.array_equal(getattr(moves[0], f), getattr(moves[1], f)) for f in ("object", "day", "to"))


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("family", ["lake", "tenants", "backup"])
def test_nothing_is_cheaper_than_the_optimum(book, family, arena):
    """The managed classes are left out: the optimum may not use them."""
    field = arena(family, book)
    best = field.optimum()

    for name in ("all_hot", "age_lifecycle", "last_access", "last_access_promote", "ski_rental"):
        assert (field.policy(POLICIES[name]).by_object >= best.by_object - 1e-12).all()


def test_the_optimum_with_more_classes_is_at_most_as_dear(arena):
    field = arena("lake")

    assert field.optimum(managed=True).cost_usd <= field.optimum().cost_usd


def test_break_even_is_where_the_retrieval_is_saved():
    """prices.md's arithmetic: 0.01 / 0.0105 months to IA, (0.03 - 0.01) / (0.0125 - 0.004) months on to GIR."""
    book = with_rules(shipped_book("aws"))
    from cloudflow_lib.domain.rates import rate_card

    names = ("STANDARD", "STANDARD_IA", "GLACIER_IR")
    days = thresholds(rate_card(book, names, np.array([10 * 2**30, 1000], np.int64)), [0, 1, 2])
    month = 365 / 12

    assert days[0, 1] == pytest.approx(0.01 / 0.0105 * month, rel=1e-3)
    assert days[0, 2] == pytest.approx(0.02 / 0.0085 * month, rel=1e-3)
    assert np.isinf(days[1, 1:]).all()


def test_a_rule_of_a_provider_is_billed_as_its_class(arena):
    """The bill of everything in Intelligent-Tiering has no retrieval and no early deletion."""
    told = arena("tenants").policy(POLICIES["intelligent_tiering"])

    assert 0 == told.split["retrieval"] + told.split["early_delete"]
    assert told.split["monitoring"] > 0


def test_reads_from_too_cold_a_class_are_counted(small_trace):
    trace, book = small_trace("tenants"), shipped_book("aws")

    assert 0 == Arena(trace, book).policy(POLICIES["last_access"]).reads_colder_than_allowed
    assert Arena(trace, book, coldest="STANDARD").policy(POLICIES["last_access"]).reads_colder_than_allowed > 0


def test_the_selector_learns_each_prefix_and_beats_the_managed_class(arena):
    """Backups are silent after their first day: their past says so, and nobody told the rule."""
    field = arena("backup")

    assert field.policy(POLICIES["selector"]).cost_usd < 0.9 * field.policy(POLICIES["intelligent_tiering"]).cost_usd


@pytest.mark.parametrize("family", ["lake", "tenants", "kv"])
def test_the_selector_does_no_harm(family, arena):
    field = arena(family)
    least = min(field.policy(POLICIES[name]).cost_usd for name in ("all_hot", "intelligent_tiering"))

    assert field.policy(POLICIES["selector"]).cost_usd <= 1.05 * least


@pytest.mark.parametrize("family", ["lake", "tenants", "backup"])
@pytest.mark.parametrize("change", ["stop", "thin"])
def test_habits_that_change_after_adoption_do_no_harm(family, change, arena):
    """Against the better of doing nothing and the managed class."""
    field = arena(family, change=change)
    least = min(field.policy(POLICIES[name]).cost_usd for name in ("all_hot", "intelligent_tiering"))

    assert field.policy(POLICIES["cloudflow"]).cost_usd <= 1.05 * least


@pytest.mark.parametrize("family", ["lake", "tenants", "backup"])
def test_a_scan_brings_nothing_back_and_moves_nobody_on_the_mornings_after_it(family, arena):
    """
    Two days on which everything is read move hardly more than days like any other.

    It may go on, and whoever went down would be read there.
    """
    moved = []

    class Observed(CloudFlow):
        def decide(self, morning):
            wanted = CloudFlow.decide(self, morning)
            if self._learner.scanned:
                moved.append(int(((wanted >= 0) & (wanted != morning.lies)).sum()))
            return wanted

    scanned = arena(family, change="scan").policy(Observed)

    assert [0, 0] == moved
    assert scanned.moves <= 1.1 * arena(family).policy(POLICIES["cloudflow"]).moves


def in_runs(seed, *, sets=12, silent=50):
    """Sets, each read as a whole for days on end, then silent for weeks: bets on the silence hardly pay."""
    random = np.random.default_rng(seed)
    count, prefixes, days = 240, 12, 500
    which = np.arange(count) % sets
    reads = []
    for one in range(sets):
        mine, day = np.flatnonzero(which == one), random.exponential(60)
        while day < days:
            lasts = int(random.integers(3, 25))
            reads += [read_once(mine, np.full(len(mine), int(day) + run)) for run in range(lasts)]
            day += lasts + 12 + random.exponential(silent)
    size = np.full(count, 64 * 2**20)
    table = object_table(random, size_bytes=size, created=np.full(count, -30, np.int32), prefix=which % prefixes)
    return assembled(table, log_of(joined(reads), size), name="runs", days=days, history_days=250)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_comes_back_in_runs_is_left_to_the_managed_class(seed):
    """A set has been silent once, however many objects it has: that is too little to bet on."""
    field = Arena(in_runs(seed), shipped_book("aws"))
    least = min(field.policy(POLICIES[name]).cost_usd for name in ("all_hot", "intelligent_tiering"))

    assert field.policy(POLICIES["cloudflow"]).cost_usd <= 1.05 * least


def test_the_rehearsal_starts_with_doubt_where_bets_would_have_lost():
    """Without it the same losses are made again, with real money, where silences are long enough to bet on."""
    field = Arena(in_runs(1, sets=240, silent=200), shipped_book("aws"))
    costs = [field.policy(partial(CloudFlow, rehearses=rehearses)).cost_usd for rehearses in (True, False)]

    assert costs[0] < costs[1]


def test_a_rehearsal_costs_nothing_where_silences_are_too_short_to_bet_on():
    field = Arena(in_runs(1, sets=240, silent=90), shipped_book("aws"))
    costs = [field.policy(partial(CloudFlow, rehearses=rehearses)).cost_usd for rehearses in (True, False)]

    assert costs[0] == pytest.approx(costs[1], rel=1e-6)
