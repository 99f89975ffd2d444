"""What the costs of past days say to those who watch them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.domain.alert_rules import Comparison, Rule, Signal
from cloudflow_lib.domain.cost_days import CostDay
from cloudflow_lib.domain.cost_signals import cost_signal, month_end, narrowed
from cloudflow_lib.workflows.keep_budgets import budgets, set_budget
from cloudflow_lib.workflows.keep_rules import try_rule
from cloudflow_lib.workflows.read_costs import read_costs
from cloudflow_lib.workflows.services import Services, no_forecast
from ml.forecast.costs import ahead
from tests.costs.test_snapshots import a_line

YESTERDAY = date(2026, 11, 10)
NOW = datetime(2026, 11, 11, 9, tzinfo=UTC)
USD = 1_000_000_000


def days(usd, *, count=60, until=YESTERDAY, owner="team-docs", prefix="logs/"):
    return [
        CostDay(owner=owner, day=until - timedelta(days=back), worked_out_at=NOW, lines=(a_line(prefix, usd * USD),))
        for back in range(count)
    ]


@pytest.fixture
def services():
    return Services(
        catalog=MemoryCatalog(),
        open_store=None,
        mailer=None,
        clock=lambda: NOW,
        admins=frozenset({"admin"}),
        forecast_costs=ahead,
    )


def keep(services, *some):
    for day in (one for group in some for one in group):
        services.catalog.put_cost_day(day, None)


def a_rule(signal=Signal.COST_THIS_MONTH, owner="team-docs", **more):
    values = {"rule_id": "r1", "name": "x", "threshold": 100.0, "limit": 50.0, "comparison": Comparison.SHARE}
    return Rule(owner=owner, signal=signal, **values | more)


def test_a_month_ends_at_what_it_cost_and_what_the_rest_is_forecast_to_cost():
    assert (20.0, 60.0) == pytest.approx(month_end(days(2), YESTERDAY, ahead))


def test_of_a_short_past_the_last_days_go_on():
    assert (10.0, 10.0 + 20 * 2) == pytest.approx(month_end(days(2, count=5), YESTERDAY, no_forecast))


def test_on_the_first_of_a_month_nothing_was_spent_yet():
    end = date(2026, 11, 30)

    assert (0.0, 31 * 2.0) == pytest.approx(month_end(days(2, until=end), end, ahead))


@pytest.mark.parametrize(("known", "percent"), [(60, 100.0), (30, None)])
def test_what_the_last_week_cost_over_its_forecast(known, percent):
    past = days(1, count=known, until=YESTERDAY - timedelta(days=7)) if known > 30 else []
    found = cost_signal(Signal.COST_OVER_FORECAST, past + days(2, count=7), YESTERDAY, ahead)

    assert percent == (None if found is None else pytest.approx(found))


def test_lines_are_narrowed_to_a_location_or_a_prefix():
    whole = [*days(1, count=1), *days(5, count=1, owner="team-media")]

    assert [USD] == [day.nanodollars for day in narrowed(whole, "team-docs", "s3-main/logs/")]
    assert [0] == [day.nanodollars for day in narrowed(whole, "team-docs", "s3-main/other/")]
    assert [5 * USD] == [day.nanodollars for day in narrowed(whole, "team-media", "s3-main")]


def test_each_reads_own_costs_and_an_administrator_everybodys(services):
    keep(services, days(2), days(3, owner="team-media"))
    mine = read_costs([a_rule()], services, NOW)
    all_of_them = read_costs([a_rule(owner="admin"), a_rule(owner="admin", of_user="team-docs")], services, NOW)

    assert [("team-docs", "", 60.0)] == [(one.user, one.scope, pytest.approx(one.value)) for one in mine]
    assert {"": 150.0, "team-docs": 60.0} == {one.user: pytest.approx(one.value) for one in all_of_them}
    whole, part = sorted(all_of_them, key=lambda one: one.user)
    assert a_rule(owner="admin").watches(whole, sees_all=True)
    assert not a_rule(owner="admin").watches(part, sees_all=True)
    assert not a_rule(owner="admin", of_user="team-docs").watches(whole, sees_all=True)
    assert not a_rule().watches(whole, sees_all=False)


def test_what_nobody_watches_is_not_read(services):
    keep(services, days(2))

    assert [] == read_costs([a_rule(Signal.STORED_BYTES, limit=1.0)], services, NOW)


def test_a_preview_of_a_budget_looks_at_what_its_days_would_have_told(services):
    october = date(2026, 10, 20)
    keep(services, days(1, count=100, until=october), days(3, count=21))
    wanted = {"name": "x", "signal": Signal.COST_THIS_MONTH, "comparison": Comparison.SHARE, "limit": 70.0,
              "threshold": 100.0}  # fmt: skip
    seen = try_rule("team-docs", wanted, services)

    assert seen.readings >= 29
    assert [1] == list(seen.by_day.values())
    assert 0 == try_rule("team-media", wanted, services).readings


def test_who_is_no_administrator_any_more_does_not_see_what_others_cost(services):
    keep(services, days(2, owner="team-media"), days(1, owner="lead"))
    lead = replace(services, admins=frozenset({"lead"}))
    for name, of_user in (("Media", "team-media"), ("All", None)):
        set_budget("lead", {"name": name, "threshold": 100.0, "limit": 1000.0, "of_user": of_user}, lead)

    [mine] = budgets("lead", services)
    assert ("All", 10.0) == (mine.rule.name, pytest.approx(mine.spent_usd))
    assert 2 == len(budgets(None, services))
