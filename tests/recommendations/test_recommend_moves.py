"""What is recommended, what is left alone, and what is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.recommendations import CostPart, RecommendationState
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.ports.catalogs import FileChange
from cloudflow_lib.ports.forecasts import Placement
from cloudflow_lib.workflows.advising_cases import AdviceRules
from cloudflow_lib.workflows.dismiss_recommendation import dismiss_recommendation
from cloudflow_lib.workflows.recommend_moves import recommend_moves
from tests.recommendations.conftest import GIB, NOW

MIB = 1 << 20
DAILY = range(180)


def change_file(office, file, **changed):
    assert office.catalog.update_files(
        [
            FileChange(
                file_id=file.file_id,
                expected_version=file.version,
                expected_tier=file.tier,
                changed=changed,
                event=None,
            )
        ]
    )


def test_a_file_that_nobody_reads_should_lie_in_the_coldest_class_and_says_why(office, events):
    file = office.add_file(ages_of_reads=[200])
    report = office.recommend()

    (one,) = office.said_of(file)
    assert ("STANDARD", "GLACIER_IR") == (one.source.storage_class, one.destination.storage_class)
    assert (Tier.HOT, Tier.COLD) == (one.source.tier, one.destination.tier)
    # 1 GiB: 0.023 less 0.004 a month, less half a read in the watched 180 days
    assert pytest.approx(0.019 - 0.5 / 180 * 365 / 12 * (0.03 + 0.01 / 1000 - 0.0004 / 1000), rel=0.01) == (
        one.saves_per_month
    )
    assert 0 < one.saves_low < one.saves_per_month < one.saves_high <= 0.019
    assert {CostPart.REQUESTS: pytest.approx(0.0000004 + 0.00002)} == one.once  # a copy: one read and one write
    assert pytest.approx(0.03, rel=0.001) == one.read_tomorrow
    assert 0.9 < one.confidence <= 1
    assert one.pays_back_days < 1
    assert ["not_read", "cheaper_storage", "dearer_reads", "pays_back"] == [reason.code for reason in one.reasons]
    assert "not read in the 180 days that access logs tell about" == one.reasons[0].text
    assert ("expected-cost-1", "aws", "stay") == (
        one.judgement.model,
        one.judgement.price_book,
        one.judgement.compared_with,
    )
    assert 16 == len(one.judgement.price_book_hash)
    assert (1, 1, 0) == (report.seen, report.made, report.renewed)
    assert [one.recommendation_id] == [event.subject for event in events()]


def test_a_second_run_with_nothing_new_writes_nothing(office, events):
    file = office.add_file()
    office.recommend()
    before = office.said_of(file)
    events()
    report = office.recommend()

    assert before == office.said_of(file)
    assert [] == events()
    assert (0, 0, 0) == (report.made, report.renewed, report.withdrawn)
    assert report.saves_per_month > 0


@pytest.mark.parametrize(
    ("why", "file"),
    [
        ("small", {"size": 127 * 1024}),
        ("no_gain", {"ages_of_reads": DAILY}),
        ("no_gain", {"age": 1}),
        ("too_soon", {"placed_at": NOW - timedelta(days=3)}),
        ("too_soon", {"placed_at": NOW - timedelta(days=20), "storage_class": "STANDARD_IA"}),
        ("unpriced", {"storage_class": "OUTPOSTS"}),
        ("unpriced", {"storage_class": "GLACIER"}),
    ],
)
def test_staying_is_an_answer(office, events, why, file):
    office.add_file(**file)
    report = office.recommend()

    assert {why: 1} == report.stay
    assert 0 == report.made
    assert [] == events()


def test_a_class_whose_minimum_days_may_outlast_the_file_is_none_for_it(office):
    office.add_location("gcs-main", Provider.GCS, classes={Tier.WARM: "COLDLINE"})
    office.add_file(location="gcs-main", age=85)
    report = office.recommend()

    assert {"ends_soon": 1} == report.stay


def test_without_logs_nothing_should_cool_down_but_what_is_read_may_warm_up(office):
    office.add_location("s3-dark", logs=False)
    silent = office.add_file("silent", location="s3-dark")
    busy = office.add_file("busy", location="s3-dark", storage_class="GLACIER_IR", ages_of_reads=DAILY)
    report = office.recommend()

    assert [] == office.said_of(silent)
    assert {"no_proof": 1} == report.stay
    assert ["STANDARD"] == [one.destination.storage_class for one in office.said_of(busy)]


def test_a_file_that_is_read_every_day_should_leave_a_cold_class(office):
    file = office.add_file(storage_class="GLACIER_IR", ages_of_reads=DAILY)
    office.recommend()

    (one,) = office.said_of(file)
    assert "STANDARD" == one.destination.storage_class
    assert one.once[CostPart.RETRIEVAL] == pytest.approx(0.03)
    assert one.worst_per_month < 0 < one.saves_low
    assert "read_lately" == one.reasons[0].code
    assert "cheaper_reads" in {reason.code for reason in one.reasons}


def test_leaving_before_the_minimum_days_pays_for_the_rest_of_them(office):
    file = office.add_file(storage_class="GLACIER_IR", age=20, ages_of_reads=range(20), each=20)
    office.recommend()

    (one,) = office.said_of(file)
    assert pytest.approx(0.004 / (365 / 12) * 70, rel=0.001) == one.once[CostPart.EARLY_DELETE]
    assert "early_delete" in {reason.code for reason in one.reasons}


def test_new_figures_are_written_into_the_open_recommendation(office, events):
    file = office.add_file(size=10 * GIB, age=100)
    office.recommend()
    (before,) = office.said_of(file)
    events()
    office.now += timedelta(days=25)  # the longer the silence, the surer the saving
    report = office.recommend()

    (after,) = office.said_of(file)
    assert (1, 0) == (report.renewed, report.made)
    assert before.recommendation_id == after.recommendation_id
    assert after.saves_per_month > before.saves_per_month
    assert after.expires_at > before.expires_at
    assert before.created_at == after.created_at
    assert [] == events()


def test_a_recommendation_whose_reasons_are_gone_is_withdrawn(office):
    file = office.add_file()
    office.recommend()
    office.add_reads(file, range(30), each=5)
    report = office.recommend()

    assert [] == office.said_of(file)
    assert 1 == report.withdrawn
    (page,) = office.catalog.iter_recommendations(RecommendationState.SUPERSEDED)
    assert file.file_id == page[0].file_id


@pytest.mark.parametrize(
    "changed",
    [{"state": FileState.VANISHED}, {"version": "other bytes", "size_bytes": 1}, {"storage_class": "GLACIER_IR"}],
)
def test_what_speaks_of_a_file_as_it_no_longer_is_is_withdrawn(office, changed):
    file = office.add_file()
    office.recommend()
    change_file(office, file, **changed)
    office.recommend()

    assert [] == office.said_of(file)


def test_another_answer_takes_the_place_of_the_open_one(office, events):
    file = office.add_file(size=10 * GIB, age=85)  # too young for the 90 days of Glacier Instant
    office.recommend()
    (before,) = office.said_of(file)
    office.now += timedelta(days=10)
    office.recommend()

    (after,) = office.said_of(file)
    assert ("STANDARD_IA", "GLACIER_IR") == (before.destination.storage_class, after.destination.storage_class)
    assert RecommendationState.SUPERSEDED is office.catalog.recommendation(before.recommendation_id).state
    assert 2 == len(events())


def test_nobody_hears_of_a_dismissed_file_for_ninety_days(office, events):
    file = office.add_file()
    office.recommend()
    (one,) = office.said_of(file)
    events()
    dismissed = dismiss_recommendation(one.recommendation_id, "team-docs", office.services)
    assert dismissed == dismiss_recommendation(one.recommendation_id, "team-docs", office.services)

    assert NOW + timedelta(days=90) == dismissed.dismissed_until
    assert ["io.cloudflow.recommendation.dismissed.v1"] == [event.type for event in events()]
    office.now += timedelta(days=89)
    assert {"dismissed": 1} == office.recommend().stay
    office.now += timedelta(days=2)
    assert 1 == office.recommend().made


def test_a_file_that_is_on_its_way_is_left_alone(office):
    file = office.add_file()
    office.recommend()
    change_file(office, file, migration_id="m-1")

    assert {"held": 1} == office.recommend().stay
    assert 1 == len(office.said_of(file))


def test_other_locations_are_an_answer_only_where_they_are_named_and_open_to_the_owner(office):
    office.catalog.save_location(replace(office.catalog.location("s3-main"), single_class=True))
    office.add_location("s3-archive")
    file = office.add_file()
    assert 0 == office.recommend().made
    office.rules = AdviceRules(destinations={"s3-main": ("s3-archive",)})
    office.recommend()

    (one,) = office.said_of(file)
    assert ("s3-archive", "GLACIER_IR") == (one.destination.location_id, one.destination.storage_class)
    # 64 parts of 16 MiB are read; as many are written, and two requests hold them together
    assert pytest.approx(64 * 0.0004 / 1000 + 66 * 0.02 / 1000) == one.once[CostPart.REQUESTS]
    assert CostPart.TRANSPORT not in one.once


def test_a_file_of_another_owner_is_not_sent_where_that_owner_may_not_write(office):
    office.catalog.save_location(replace(office.catalog.location("s3-main"), single_class=True))
    office.add_location("s3-archive")
    office.rules = AdviceRules(destinations={"s3-main": ("s3-archive",)})
    file = office.add_file(owner="team-research")
    office.recommend()

    assert [] == office.said_of(file)


def test_another_provider_has_to_earn_the_egress_first(office):
    office.add_location("gcs-cold", Provider.GCS)
    office.rules = AdviceRules(destinations={"s3-main": ("gcs-cold",)})
    file = office.add_file(storage_class="STANDARD_IA", placed_at=NOW - timedelta(days=200))
    office.recommend()

    (one,) = office.said_of(file)
    assert "s3-main" == one.destination.location_id


def test_costs_of_all_files_are_kept_by_owner_and_class(office):
    office.add_file("a", size=100 * GIB, ages_of_reads=[1, 2, 3])
    office.add_file("b", size=50 * GIB, owner="team-research", storage_class="GLACIER_IR")
    office.add_file("small", size=1024, storage_class="STANDARD_IA")
    report = office.recommend()

    costs = {(cost.owner, cost.storage_class): cost for cost in office.catalog.costs()}
    assert pytest.approx(2.3) == costs["team-docs", "STANDARD"].storage_usd
    assert pytest.approx(3 * 0.0004 / 1000 * 365 / 360) == costs["team-docs", "STANDARD"].use_usd
    assert pytest.approx(0.2) == costs["team-research", "GLACIER_IR"].storage_usd
    # the class charges for 128 KiB at the least
    assert pytest.approx(0.0125 * 128 / 1024 / 1024) == costs["team-docs", "STANDARD_IA"].storage_usd
    assert pytest.approx(report.usd_per_month) == sum(cost.usd_per_month for cost in costs.values())
    before = office.catalog.costs()
    office.recommend(location_id="s3-main")
    assert before == office.catalog.costs()


class Placing:
    """A model that wants a class for every file."""

    name = "placing 1"

    def __init__(self, storage_class, reads_per_day):
        self._said = Placement(storage_class=storage_class, saves_usd=1.0, reads_per_day=reads_per_day)

    def forecast(self, _):
        return {}

    def explain(self, _):
        return {}

    def place(self, _book, classes, files):
        assert ("STANDARD", "STANDARD_IA", "GLACIER_IR") == classes
        return {file.file_id: self._said for file in files}


def recommended(office, forecaster):
    return recommend_moves(office.services, Thresholds(), office.rules, forecaster=forecaster)


def test_a_model_that_knows_better_says_which_class_and_how_often(office):
    """The file was read a lot until lately: by its own past nobody would dare."""
    file = office.add_file(ages_of_reads=range(30, 60))
    assert 0 == office.recommend().made
    recommended(office, Placing("GLACIER_IR", 0.001))

    (one,) = office.said_of(file)
    assert "GLACIER_IR" == one.destination.storage_class
    assert pytest.approx(0.019 - 0.001 * 365 / 12 * 0.03, rel=0.01) == one.saves_per_month
    assert ["habits"] == [reason.code for reason in one.reasons if "worth most" in reason.text]


def test_where_the_model_wants_a_file_to_stay_it_stays(office):
    office.add_file(ages_of_reads=[200])

    assert 0 == recommended(office, Placing("STANDARD", 0.2)).made
    assert 1 == office.recommend().made


@pytest.mark.parametrize(("reads", "changes"), [(1.0, {}), (0.001, {"size": 1000})])
def test_no_model_may_do_what_does_not_pay_or_what_is_too_small(office, reads, changes):
    office.add_file(ages_of_reads=[200], **changes)

    assert 0 == recommended(office, Placing("GLACIER_IR", reads)).made
