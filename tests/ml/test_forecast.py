"""The forecast of costs: right where the future is known, honest where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from cloudflow_lib.errors import WrongInputError
from ml.forecast.baselines import damped_holt_winters, seasonal_naive
from ml.forecast.costs import FEWEST_DAYS, History, ahead, forecast

DAYS = np.arange(200)


def test_a_stock_that_grows_steadily_goes_on_growing():
    found = forecast(History(stock=10 + 0.1 * DAYS, use=np.zeros(200)), 30)

    assert found.middle == pytest.approx(10 + 0.1 * np.arange(200, 230))
    assert found.total_low == pytest.approx(found.middle.sum()) == found.total_high


def test_what_is_known_to_leave_leaves_on_its_day():
    leaving = np.zeros(30)
    leaving[9] = 4.0
    history = History(
        stock=np.full(200, 10.0), use=np.zeros(200), leaving=lambda origin: leaving if origin == 200 else np.zeros(30)
    )
    found = forecast(history, 30)

    assert found.middle == pytest.approx([10.0] * 9 + [6.0] * 21)


def test_the_week_comes_again():
    use = 5 + 2 * np.sin(2 * np.pi * DAYS / 7)
    found = forecast(History(stock=np.zeros(200), use=use), 28)

    assert found.middle == pytest.approx(5 + 2 * np.sin(2 * np.pi * np.arange(200, 228) / 7), rel=0.02)


@pytest.mark.parametrize("busy", [1, 5])
def test_days_without_any_use_do_not_make_the_others_cheaper(busy):
    use = np.where(DAYS % 7 < busy, 10.0, 0.0)
    found = forecast(History(stock=np.zeros(200), use=use), 28)

    assert found.middle == pytest.approx(np.where(np.arange(200, 228) % 7 < busy, 10.0, 0.0), abs=1e-6)
    assert 10.0 * busy * 4 == pytest.approx(ahead(np.zeros(200), use, 28).sum())


def test_noise_makes_bounds_that_hold_most_of_the_truth():
    draw = np.random.default_rng(4)
    use = draw.poisson(100, 600).astype(float)
    hits = []
    for origin in range(400, 570, 10):
        found = forecast(History(stock=np.zeros(origin), use=use[:origin]), 28)
        truth = use[origin : origin + 28]
        hits.append(((truth >= found.low) & (truth <= found.high)).mean())

    assert 0.72 <= np.mean(hits) <= 0.9


def test_ninety_days_are_less_certain_than_thirty():
    draw = np.random.default_rng(5)
    stock = 1000 + np.cumsum(draw.normal(0, 1, 300))
    found = forecast(History(stock=stock, use=np.zeros(300)), 90)
    width = found.high - found.low

    assert 90 == len(found.middle)
    assert width[89] > width[29] > width[0] > 0
    assert found.total_low < found.middle.sum() < found.total_high


@pytest.mark.parametrize("days", [FEWEST_DAYS, FEWEST_DAYS + 3, 60])
def test_a_short_past_is_enough_and_costs_are_never_negative(days):
    found = forecast(History(stock=np.linspace(days, 1, days), use=np.zeros(days)), 90)

    assert (found.low >= 0).all()
    assert (found.middle >= found.low - 1e-9).all()
    assert (found.high >= found.middle - 1e-9).all()


def test_too_short_a_past_is_refused_in_one_line():
    with pytest.raises(WrongInputError, match="27 days of costs are too few"):
        forecast(History(stock=np.ones(27), use=np.ones(27)), 30)
    with pytest.raises(WrongInputError, match="same days"):
        History(stock=np.ones(30), use=np.ones(29))


def test_the_baselines_are_what_they_are_called():
    series = 5 + np.tile(np.arange(7.0), 20)

    assert list(series[:10]) == list(seasonal_naive(series, 10))
    assert damped_holt_winters(series, 14) == pytest.approx(series[:14], rel=0.02)
