"""What the catalogue promises about recommendations and costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from cloudflow_lib.domain.events import RecommendationMade
from cloudflow_lib.domain.facts import recommendation_dismissed, recommendation_made
from cloudflow_lib.domain.recommendations import (
    CostPart,
    Judgement,
    Realised,
    Reason,
    Recommendation,
    RecommendationState,
    Spot,
)
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import NotFoundError, WrongInputError
from cloudflow_lib.ports.recommendation_book import ClassCost, RecommendationChange, RecommendationQuery
from tests.catalog.examples import NOW, drain


def a_recommendation(file_id="file-1", **changes) -> Recommendation:
    one = Recommendation(
        recommendation_id=uuid4().hex,
        file_id=file_id,
        owner="team-docs",
        key=f"{file_id}.csv",
        size_bytes=1 << 30,
        version="etag",
        source=Spot(location_id="s3-main", storage_class="STANDARD", tier=Tier.HOT),
        destination=Spot(location_id="s3-main", storage_class="GLACIER_IR", tier=Tier.COLD),
        saves_per_month=0.019,
        saves_low=0.015,
        saves_high=0.0191,
        once={CostPart.REQUESTS: 0.00002},
        pays_back_days=0.03,
        read_tomorrow=0.03,
        worst_per_month=-0.011,
        confidence=0.97,
        reasons=(Reason("not_read", "not read for 94 days"),),
        judgement=Judgement(model="expected-cost-1", price_book="aws", price_book_hash="0123456789abcdef"),
        created_at=NOW,
        expires_at=NOW + timedelta(days=30),
        state_since=NOW,
    )
    return replace(one, **changes)


def make(catalog, *ones) -> int:
    return catalog.make_recommendations([(one, recommendation_made(one)) for one in ones])


def change(catalog, one, event=None, **changes) -> int:
    after = replace(one, **changes)
    return catalog.change_recommendations([RecommendationChange(before=one, after=after, event=event)])


def test_a_recommendation_comes_back_as_it_was_made_with_its_event(catalog):
    one = a_recommendation()

    assert 1 == make(catalog, one)
    assert one == catalog.recommendation(one.recommendation_id)
    assert [one] == list(catalog.recommendations_by_id([one.recommendation_id, "unknown"]))
    (event,) = drain(catalog)
    assert isinstance(event, RecommendationMade)
    assert (one.recommendation_id, "team-docs", 0.00002) == (event.subject, event.user, event.data.once)
    with pytest.raises(NotFoundError, match="no recommendation 'x'"):
        catalog.recommendation("x")


def test_a_file_has_one_open_recommendation_whoever_makes_more(catalog):
    first, second, other = a_recommendation(), a_recommendation(), a_recommendation("file-2")

    assert 1 == make(catalog, first)
    assert 1 == make(catalog, second, other)
    assert [first] == catalog.recommendations_of(["file-1"])["file-1"]
    assert 2 == len(drain(catalog))
    assert 1 == change(catalog, first, state=RecommendationState.SUPERSEDED)
    assert 1 == make(catalog, second)
    assert [second] == catalog.recommendations_of(["file-1"])["file-1"]


def test_of_two_changes_of_one_reading_the_first_wins_and_takes_its_event_along(catalog):
    one = a_recommendation()
    make(catalog, one)
    drain(catalog)
    until = NOW + timedelta(days=90)
    dismissed = replace(one, state=RecommendationState.DISMISSED, dismissed_until=until)
    event = recommendation_dismissed(dismissed, "team-docs", NOW)

    assert 1 == change(catalog, one, event, state=RecommendationState.DISMISSED, dismissed_until=until)
    assert 0 == change(catalog, one, recommendation_dismissed(one, "x", NOW), state=RecommendationState.APPLIED)
    assert [event] == drain(catalog)
    found = catalog.recommendation(one.recommendation_id)
    assert replace(dismissed, revision=1) == found
    assert [found] == catalog.recommendations_of(["file-1"])["file-1"]


def test_what_is_applied_or_over_no_longer_counts_for_its_file(catalog):
    for number, state in enumerate(RecommendationState):
        one = a_recommendation(f"file-{number}")
        make(catalog, one)
        change(catalog, one, state=state)

    said = catalog.recommendations_of([f"file-{number}" for number in range(5)] + ["unknown"])
    states = {one.state for ones in said.values() for one in ones}
    assert {RecommendationState.OPEN, RecommendationState.DISMISSED} == states


def test_the_states_of_many_files_are_read_as_one_range(catalog):
    ones = [a_recommendation(f"{number:032x}") for number in range(120)]
    make(catalog, *ones)

    wanted = [one.file_id for one in ones[10:110]]
    assert set(wanted) == set(catalog.recommendations_of(wanted))


def test_pages_follow_the_saving_and_miss_nothing(catalog):
    savings = [0.5, 0.25, 0.25, 0.25, 0.125, 0.1, 1.1e-7]
    ones = [a_recommendation(f"file-{number}", saves_per_month=saved) for number, saved in enumerate(savings)]
    make(catalog, *ones)
    make(catalog, a_recommendation("other", owner="team-research"))
    query, cursor, found = RecommendationQuery(owner="team-docs", location_id="s3-main"), None, []
    while True:
        page = catalog.find_recommendations(query, cursor=cursor, limit=2)
        assert len(page.recommendations) <= 2
        found += page.recommendations
        cursor = page.next_cursor
        if cursor is None:
            break

    assert sorted(found, key=lambda one: (-one.saves_per_month, one.recommendation_id)) == found
    assert {one.recommendation_id for one in ones} == {one.recommendation_id for one in found}
    assert len(ones) == len(found)
    assert 8 == len(catalog.find_recommendations(RecommendationQuery()).recommendations)
    assert [] == list(catalog.find_recommendations(RecommendationQuery(location_id="x")).recommendations)
    with pytest.raises(WrongInputError, match="no cursor of ours"):
        catalog.find_recommendations(query, cursor="abc")


def test_sums_tell_what_was_promised_and_what_was_realised(catalog):
    measured, fresh, still_open = (a_recommendation(f"file-{number}") for number in range(3))
    make(catalog, measured, fresh, still_open)
    realised = Realised(usd_per_month=0.017, days=12, measured_at=NOW)
    change(catalog, measured, state=RecommendationState.APPLIED, realised=realised)
    change(catalog, fresh, state=RecommendationState.APPLIED)

    sums = {one.state: one for one in catalog.sum_recommendations("team-docs")}
    applied = sums[RecommendationState.APPLIED]
    assert (2, 2 << 30) == (applied.count, applied.size_bytes)
    assert pytest.approx(0.038) == applied.saves_per_month
    assert pytest.approx(0.017) == applied.realised_per_month
    assert pytest.approx(0.019) == applied.promised_of_realised
    assert pytest.approx(0.00002) == sums[RecommendationState.OPEN].once
    assert [] == list(catalog.sum_recommendations("team-research"))
    assert [still_open] == [one for page in catalog.iter_recommendations(RecommendationState.OPEN) for one in page]


def test_the_same_moves_below_a_prefix_are_added_up(catalog):
    ones = [
        a_recommendation(f"file-{n}", key=f"reports/2019/q{n}/a.csv", confidence=0.9 + n / 100, expires_at=at)
        for n, at in enumerate((NOW + timedelta(days=5), NOW + timedelta(days=9)))
    ]
    elsewhere = a_recommendation("file-3", key="top.csv", saves_per_month=1.0)
    warmer = Spot(location_id="s3-main", storage_class="STANDARD_IA", tier=Tier.WARM)
    other_move = a_recommendation("file-4", key="reports/2019/z.csv", destination=warmer)
    strangers = a_recommendation("file-5", key="reports/2019/y.csv", owner="team-research")
    over = a_recommendation("file-6", key="reports/2019/x.csv")
    make(catalog, *ones, elsewhere, other_move, strangers, over)
    change(catalog, over, state=RecommendationState.DISMISSED)

    top, reports, single = catalog.sum_by_prefix("team-docs")
    assert ("", "reports/2019/", "STANDARD_IA") == (top.move.prefix, reports.move.prefix, single.move.to_class)
    assert (2, 2 << 30, Tier.HOT, Tier.COLD) == (
        reports.count,
        reports.size_bytes,
        reports.from_tier,
        reports.to_tier,
    )
    assert pytest.approx([0.038, 0.03, 0.0382, 0.00004, 0.06, -0.022]) == [
        getattr(reports, name)
        for name in ("saves_per_month", "saves_low", "saves_high", "once", "read_tomorrow", "worst_per_month")
    ]
    assert (0.9, NOW + timedelta(days=5)) == (reports.confidence, reports.expires_at)
    assert pytest.approx(0.00004 / 0.038 * 365 / 12) == reports.pays_back_days
    found = catalog.find_recommendations(RecommendationQuery(owner="team-docs", move=reports.move)).recommendations
    assert {one.recommendation_id for one in ones} == {one.recommendation_id for one in found}
    assert 4 == len(catalog.sum_by_prefix())
    assert ["", "reports/2019/"] == [one.move.prefix for one in catalog.sum_by_prefix(limit=2)]
    assert [] == list(catalog.sum_by_prefix(location_id="elsewhere"))


def test_costs_are_replaced_as_a_whole(catalog):
    cost = ClassCost(
        location_id="s3-main",
        owner="team-docs",
        tier=Tier.HOT,
        storage_class="STANDARD",
        files=3,
        size_bytes=10,
        storage_usd=0.5,
        use_usd=0.25,
        priced_at=NOW,
    )
    assert [] == list(catalog.costs())
    catalog.save_costs([cost, replace(cost, owner="team-research")])
    catalog.save_costs([cost, replace(cost, owner="team-platform")])

    assert [cost] == list(catalog.costs("team-docs"))
    assert 0.75 == cost.usd_per_month
    assert {"team-docs", "team-platform"} == {one.owner for one in catalog.costs()}
