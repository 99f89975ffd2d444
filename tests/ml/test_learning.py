"""Learning that is honest in time: every trap of this trade is a test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.errors import WrongInputError
from ml.backtest.families.draws import Scale
from ml.backtest.families.make import make_trace
from ml.backtest.replay import past_of
from ml.learning.answers import Calibrated
from ml.learning.dataset import after, cheapest_tier, labelled_rows, mornings, split
from ml.learning.features import FEATURES, feature_hash, features_of
from ml.learning.gate import Comparison, judge, regret_by_size, saving
from ml.learning.invoices import fit_invoices
from ml.learning.models import Effort, TierModel
from ml.learning.scores import reliability, scores, stability
from ml.learning.serving import Champion, PredictionCache, row_hashes
from ml.learning.shelf import ModelCard, ModelError, read_model, write_model

BOOK = shipped_book("aws")
TINY = Effort(trees=8, rows_per_tree=2000, iterations=15, jobs=1)
HORIZON = 20


@pytest.fixture(scope="module")
def trace():
    return make_trace("media", 5, Scale(objects=400, days=260, history_days=200))


@pytest.fixture(scope="module")
def rows(trace):
    return labelled_rows(trace, BOOK, mornings(trace, HORIZON), horizon=HORIZON)


@pytest.fixture(scope="module")
def parts(rows):
    return split(rows, horizon=HORIZON)


@pytest.fixture(scope="module")
def model(parts):
    return TierModel(horizon=HORIZON, effort=TINY).fit(parts.train, parts.calibrate)


def everybody(past):
    return np.arange(len(past.objects))


def other_future(trace, day):
    """The same trace up to *day*, with everything from it on read by other files and far more often."""
    log, random = trace.log, np.random.default_rng(1)
    later = log.day >= day
    shuffled = log.object.copy()
    shuffled[later] = random.permutation(shuffled[later])
    return replace(trace, log=replace(log, object=shuffled, reads=np.where(later, log.reads * 9, log.reads)))


@pytest.mark.parametrize("day", [60, 150, 239])
def test_features_know_nothing_of_the_future_and_labels_nothing_of_the_past(trace, day):
    """No label, no last access, no group statistic and no age curve may look ahead."""
    before, changed = past_of(trace, day), past_of(other_future(trace, day), day)

    assert np.array_equal(
        features_of(before, everybody(before)), features_of(changed, everybody(changed)), equal_nan=True
    )
    rows = everybody(before)
    assert not np.array_equal(after(trace, day, 20, rows)[0], after(other_future(trace, day), day, 20, rows)[0])
    assert all(
        np.array_equal(a, b)
        for a, b in zip(after(trace, day, 20, rows), after(_without_past(trace, day), day, 20, rows), strict=True)
    )


def _without_past(trace, day):
    log = trace.log
    return replace(trace, log=log.picked(np.flatnonzero(log.day >= day)))


def test_rows_that_may_still_be_on_their_way_are_no_feature(trace):
    """Logs come up to a day late: yesterday is complete in an old trace and never in production."""
    day = 150
    late = replace(trace, log=trace.log.picked(np.flatnonzero(trace.log.day != day - 1)))
    past = past_of(trace, day)

    assert np.array_equal(
        features_of(past, everybody(past)), features_of(past_of(late, day), everybody(past)), equal_nan=True
    )


def test_a_young_file_is_not_taken_for_one_that_is_not_read(trace):
    past = past_of(trace, 150)
    found = features_of(past, everybody(past))
    young = (150 - past.objects.created) < 30

    assert young.any()
    assert np.isnan(found[young][:, FEATURES.index("reads_90d")]).all()
    assert np.isfinite(found[~young][:, FEATURES.index("reads_90d")]).all()


def test_neither_the_key_nor_where_a_file_lies_is_a_feature():
    assert not [name for name in FEATURES if any(word in name for word in ("key", "tier", "class", "name", "day_of"))]
    assert 16 == len(feature_hash())


def test_no_label_reaches_beyond_the_trace_and_what_was_deleted_is_no_row(trace, rows):
    assert int(rows.day.max()) + HORIZON <= trace.days
    day = int(rows.day[0])
    alive = (trace.objects.deleted > day) & (trace.objects.created < day)
    assert int((rows.day == day).sum()) == int(alive.sum())
    with pytest.raises(WrongInputError, match="too few for a horizon"):
        labelled_rows(trace, BOOK, [250], horizon=HORIZON)


def test_parts_never_share_a_day_and_those_who_judge_share_no_prefix_either(parts):
    assert parts.train.day.max() + HORIZON <= parts.calibrate.day.min()
    assert parts.calibrate.day.max() + HORIZON <= parts.judge.day.min()
    seen = {*parts.train.prefix.tolist(), *parts.calibrate.prefix.tolist()}
    assert not seen & set(parts.judge.prefix.tolist())
    assert min(len(parts.train), len(parts.calibrate), len(parts.judge)) > 0


def test_the_class_to_learn_is_the_one_that_would_have_been_cheapest():
    size = np.full(3, 1 << 30, np.int64)
    reads = np.array([0.0, 1.0, 30.0])

    # one whole read a month: 0.0125 + 0.01 in Standard-IA, 0.023 in Standard
    assert [2, 1, 0] == cheapest_tier(BOOK, size, reads, reads * size, 30).tolist()
    assert [0] == cheapest_tier(BOOK, np.array([1000]), np.array([0.0]), np.array([0.0]), 30).tolist()


def test_a_model_tells_readers_from_sleepers_and_says_why(model, parts):
    found = model.predict(parts.judge.features)
    told = scores(found, parts.judge)

    assert told["read_pr_auc"] > 2 * told["read_share"]
    assert told["read_calibration_error"] < 0.15
    assert np.allclose(1, found.tiers.sum(axis=1), atol=1e-4)
    assert (found.read >= found.soon - 1e-6).all()
    why = model.explain(parts.judge.features[:50])
    assert any(why)
    assert all(name in FEATURES for row in why for name, _, _ in row)


def test_a_model_refuses_features_of_another_kind(parts):
    other = TierModel(horizon=HORIZON, effort=TINY).fit(parts.train, parts.calibrate)
    other.feature_hash = "0" * 16

    with pytest.raises(WrongInputError, match="other features"):
        other.predict(parts.judge.features)


def test_the_same_seed_trains_the_same_model(parts, model):
    again = TierModel(horizon=HORIZON, effort=TINY).fit(parts.train, parts.calibrate)

    assert np.array_equal(model.predict(parts.judge.features).table(), again.predict(parts.judge.features).table())
    assert parts.train.digest() == parts.train.digest() != parts.judge.digest()


@pytest.mark.parametrize(("count", "kind"), [(20_000, "isotonic"), (400, "sigmoid"), (0, "none")])
def test_probabilities_hold_after_calibration(count, kind):
    random = np.random.default_rng(3)
    truth = random.random(count) < 0.3
    raw = np.clip(np.where(truth, 0.6, 0.4) + random.normal(0, 0.15, count), 0, 1)
    curve = Calibrated(raw, truth)

    assert kind == curve.kind
    if count:
        assert reliability(curve(raw), truth).error < 0.05 < reliability(raw, truth).error
    else:
        assert [0.3] == curve(np.array([0.3])).tolist()


def test_drift_is_seen_where_files_are_used_differently_and_only_there(parts):
    same = stability(parts.train.features[::2], parts.train.features[1::2])
    changed = parts.train.features.copy()
    place = FEATURES.index("reads_30d")
    changed[:, place] = changed[:, place] * 3 + 5
    moved = stability(parts.train.features, changed)

    assert same.max() < 0.1
    assert moved[place] > 0.25
    assert moved[FEATURES.index("log_size")] == 0


def card(**changes):
    known = ModelCard(
        version="t-1",
        feature_hash=feature_hash(),
        price_book="aws",
        price_book_hash="0" * 16,
        data_digest="d",
        horizon=HORIZON,
        trained_at=datetime(2026, 3, 1, tzinfo=UTC).isoformat(),
        backtest={"all_hot": 2.0},
    )
    return replace(known, **changes)


def test_a_model_is_loaded_only_if_it_is_the_file_that_was_judged(model, parts, tmp_path):
    kept = write_model(tmp_path, model, card())
    again, found = read_model(tmp_path)

    assert kept == found
    assert np.array_equal(again.predict(parts.judge.features).table(), model.predict(parts.judge.features).table())
    (tmp_path / "model.joblib").write_bytes(b"something else")
    with pytest.raises(ModelError, match="not the file that its card speaks of"):
        read_model(tmp_path)
    with pytest.raises(ModelError, match="there is no model"):
        read_model(tmp_path / "nowhere")


class Registry:
    """A registry that can be away."""

    def __init__(self, answer):
        self.answer, self.away, self.asked = answer, False, 0

    def __call__(self, _folder):
        self.asked += 1
        if self.away:
            raise ConnectionError("no route")
        return self.answer


def test_serving_goes_on_with_the_registry_away_even_in_a_new_process(model, parts, tmp_path):
    kept = write_model(tmp_path, model, card())
    registry, now = Registry((model, kept)), [0.0]
    champion = Champion(tmp_path, registry, clock=lambda: now[0])
    want = champion.predict(parts.judge.features).table()
    registry.away, now[0] = True, 61.0

    assert np.array_equal(want, champion.predict(parts.judge.features).table())
    fresh = Champion(tmp_path, registry, clock=lambda: now[0])
    assert np.array_equal(want, fresh.predict(parts.judge.features).table())
    assert 3 == registry.asked
    with pytest.raises(ModelError, match="no champion yet"):
        Champion(tmp_path / "empty", registry).predict(parts.judge.features)


def test_only_files_whose_use_changed_are_predicted_again(model, parts, tmp_path):
    kept = write_model(tmp_path, model, card())
    champion = Champion(tmp_path, Registry((model, kept)))
    features = np.unique(parts.judge.features, axis=0)
    first = champion.predict(features).table()
    before = champion.predicted
    changed = features.copy()
    changed[3, 0] += 1

    assert np.array_equal(first[:3], champion.predict(changed).table()[:3])
    assert 1 == champion.predicted - before


def test_a_model_of_other_features_does_not_serve(model, tmp_path):
    kept = write_model(tmp_path, model, card(feature_hash="f" * 16))

    assert Champion(tmp_path, Registry((model, kept))).current() is None


def test_hashes_tell_rows_and_models_apart_and_a_full_cache_begins_anew():
    rows = np.random.default_rng(1).random((20_000, 5)).astype(np.float32)

    assert 20_000 == len(np.unique(row_hashes(rows, "ab12")))
    assert not set(row_hashes(rows, "ab12").tolist()) & set(row_hashes(rows, "ab13").tolist())
    cache = PredictionCache(most=10)
    keys = row_hashes(rows[:8], "0")
    cache.add(keys, np.zeros((8, 6), np.float32))
    assert cache.find(keys)[0].all()
    cache.add(row_hashes(rows[8:16], "0"), np.ones((8, 6), np.float32))
    assert not cache.find(keys)[0].any()


def test_a_candidate_is_promoted_for_money_and_for_nothing_else():
    prefixes = np.full(40, 1.0)
    costs = {"all_hot": 80.0, "intelligent_tiering": 50.0, "last_access": 55.0, "optimum": 40.0, "champion": 48.0}

    def verdict(own, champion="champion"):
        by_prefix = {name: prefixes * cost / 40 for name, cost in {**costs, "new": own}.items()}
        return judge(Comparison(costs={**costs, "new": own}, by_prefix=by_prefix, by_object={}), "new", champion)

    assert verdict(45.0).promoted
    assert not verdict(48.1).promoted
    assert "perhaps nothing" in verdict(48.1).reasons[0]
    assert verdict(49.0, champion=None).promoted
    refused = verdict(60.0, champion=None)
    assert 2 == len(refused.reasons)


def test_the_interval_of_a_saving_is_wide_where_one_prefix_owns_it():
    before = np.full(50, 1.0)
    even = saving(before, before * 0.9)
    one = saving(np.r_[before[:49], 5.0], np.r_[before[:49], 0.0])

    assert pytest.approx(0.1) == even[0] == even[1]
    assert one[0] > 0.09 > one[1]


def test_the_regret_of_a_tenth_is_that_of_files_of_its_size():
    size = np.arange(100)[::-1] * 1000
    best = np.ones(100)
    own = best + (size < 10_000)
    money = Comparison(costs={}, by_prefix={}, by_object={"optimum": best, "new": own}, size_bytes=size)
    table = regret_by_size(money, ["new"])

    assert [10.0, *[0.0] * 9] == [row["new"] for row in table]
    assert [9_000.0, 99_000.0] == [table[0]["up_to_bytes"], table[-1]["up_to_bytes"]]
    assert 100.0 == sum(row["optimum_usd"] for row in table)


def test_invoices_tell_discounts_without_negative_prices():
    random = np.random.default_rng(2)
    truth = {"storage": 0.8, "requests": 1.0, "retrieval": 0.5, "unused": 0.0}
    months = [{meter: float(random.uniform(1, 100)) for meter in truth} for _ in range(12)]
    invoices = [sum(truth[meter] * usd for meter, usd in month.items()) for month in months]
    fit = fit_invoices(invoices, months)

    assert truth == pytest.approx(dict(fit.factors), abs=1e-6)
    assert fit.explained == pytest.approx(1.0)
    assert max(map(abs, fit.residuals)) < 1e-6
    with pytest.raises(WrongInputError, match="4 meters need as many"):
        fit_invoices(invoices[:3], months[:3])
    with pytest.raises(WrongInputError, match="every invoice"):
        fit_invoices([], [])
