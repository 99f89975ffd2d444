"""Applying, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.domain.facts import migration_advanced
from cloudflow_lib.domain.migrations import MigrationState, migration_id_in
from cloudflow_lib.domain.recommendations import RecommendationState
from cloudflow_lib.errors import LostRaceError, NotFoundError, WrongInputError
from cloudflow_lib.ports.recommendation_book import RecommendationChange
from cloudflow_lib.workflows.advising_cases import AdviceRules
from cloudflow_lib.workflows.apply_recommendations import ApplyLimits, apply_recommendations, mark_applied
from cloudflow_lib.workflows.dismiss_recommendation import dismiss_recommendation
from cloudflow_lib.workflows.measure_savings import measure_savings
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.sum_savings import sum_savings
from tests.recommendations.conftest import GIB

RUN = "manual__1"


class Runs:
    """Takes the place of Airflow: opens the run at once, as its first task would."""

    def __init__(self, office, user="team-docs"):
        self.office, self.user, self.requests = office, user, []

    def __call__(self, request, _=None):
        self.requests.append(request)
        batch_id = f"manual__{len(self.requests)}"
        open_migrations(batch_id, self.user, request, self.office.services)
        return batch_id


@pytest.fixture
def runs(office):
    return Runs(office)


def open_one(office, key="a.bin", **file):
    file = office.add_file(key, size=10 * GIB, **file)
    office.recommend()
    return file, office.said_of(file)[0]


def settle(office, migration_id, state, **changes):
    """Bring a migration to *state* as its run would."""
    catalog = office.catalog
    path = {
        MigrationState.FAILED: [MigrationState.FAILED],
        MigrationState.DONE: [
            MigrationState.VALIDATED,
            MigrationState.COPIED,
            MigrationState.VERIFIED,
            MigrationState.SWITCHED,
            MigrationState.DONE,
        ],
    }[state]
    for step in path:
        before = catalog.migration(migration_id)
        times = {**before.timestamps, step: office.now}
        after = replace(before, state=step, timestamps=times, **changes)
        catalog.advance(before, after, migration_advanced(after))


def test_applying_starts_a_run_that_moves_the_file_and_notes_which(office, runs, events):
    file, one = open_one(office)
    events()
    (started,) = apply_recommendations([one.recommendation_id], "team-docs", office.services, runs).runs

    (request,) = runs.requests
    assert ([file.file_id], None, "GLACIER_IR") == (
        request["file_ids"],
        request["destination_location"],
        request["storage_class"],
    )
    (applied,) = started.recommendations
    assert (RecommendationState.APPLIED, RUN) == (applied.state, applied.batch_id)
    migration = office.catalog.migration(migration_id_in(RUN, file.file_id))
    assert ("GLACIER_IR", file.file_id) == (migration.destination.storage_class, migration.file_id)
    told = [event.data for event in events() if event.type == "io.cloudflow.recommendation.applied.v1"]
    assert [(RUN, "team-docs")] == [(data.batch_id, data.applied_by) for data in told]


def test_whoever_dies_first_the_recommendation_says_which_run_it_was(office):
    _, one = open_one(office)

    def start(request, _):
        open_migrations(RUN, "team-docs", request, office.services)
        raise ConnectionError("the answer got lost")

    with pytest.raises(ConnectionError):
        apply_recommendations([one.recommendation_id], "team-docs", office.services, start)
    found = office.catalog.recommendation(one.recommendation_id)
    assert (RecommendationState.APPLIED, RUN) == (found.state, found.batch_id)
    assert 0 == mark_applied(RUN, "team-docs", [one.recommendation_id], office.services)


def test_a_recommendation_stays_open_while_its_file_stays_behind(office):
    (file, taken), (_, left) = open_one(office), open_one(office, "b.bin")
    wish = {"file_ids": [file.file_id], "recommendation_ids": [taken.recommendation_id, left.recommendation_id]}
    open_migrations(RUN, "team-docs", {**wish, "storage_class": "GLACIER_IR"}, office.services)

    states = [office.catalog.recommendation(one.recommendation_id).state for one in (taken, left)]
    assert [RecommendationState.APPLIED, RecommendationState.OPEN] == states


def test_files_with_different_destinations_go_in_runs_of_their_own(office, runs):
    office.add_location("s3-flat", single_class=True)
    office.rules = AdviceRules(destinations={"s3-flat": ("s3-main",)})
    ones = [open_one(office)[1], open_one(office, "young", age=80)[1], open_one(office, "far", location="s3-flat")[1]]
    applied = apply_recommendations([one.recommendation_id for one in ones], "team-docs", office.services, runs)

    assert 3 == len(applied.runs)
    wanted = {(None, "GLACIER_IR"), (None, "STANDARD_IA"), ("s3-main", "GLACIER_IR")}
    assert wanted == {(one["destination_location"], one["storage_class"]) for one in runs.requests}


def test_what_cannot_be_applied_starts_nothing(office, runs):
    file, one = open_one(office)
    services = office.services

    with pytest.raises(NotFoundError, match="no recommendation 'x'"):
        apply_recommendations([one.recommendation_id, "x"], "team-docs", services, runs)
    with pytest.raises(NotFoundError, match="no recommendation"):
        apply_recommendations([one.recommendation_id], "team-research", services, runs)
    with pytest.raises(WrongInputError, match="none was given"):
        apply_recommendations([], "team-docs", services, runs)
    with pytest.raises(WrongInputError, match="at most 5 bytes"):
        apply_recommendations([one.recommendation_id], "admin", services, runs, limits=ApplyLimits(most_bytes=5))
    with pytest.raises(WrongInputError, match="at most 0 files"):
        apply_recommendations([one.recommendation_id], "admin", services, runs, limits=ApplyLimits(most_files=0))
    dismiss_recommendation(one.recommendation_id, "team-docs", services)
    with pytest.raises(LostRaceError, match="is dismissed already"):
        apply_recommendations([one.recommendation_id], "team-docs", services, runs)
    assert [] == runs.requests
    assert office.catalog.file(file.file_id).migration_id is None


def test_what_was_applied_cannot_be_dismissed(office, runs):
    _, one = open_one(office)
    apply_recommendations([one.recommendation_id], "team-docs", office.services, runs)

    with pytest.raises(LostRaceError, match="is applied already"):
        dismiss_recommendation(one.recommendation_id, "team-docs", office.services)
    with pytest.raises(NotFoundError):
        dismiss_recommendation(one.recommendation_id, "team-research", office.services)


def test_the_saving_is_measured_by_the_reads_that_came_after_the_move(office, runs):
    file, one = open_one(office)
    apply_recommendations([one.recommendation_id], "team-docs", office.services, runs)
    migration_id = migration_id_in(RUN, file.file_id)
    assert (0, 0) == (measure_savings(office.services).measured, measure_savings(office.services).not_moved)
    settle(office, migration_id, MigrationState.DONE)
    assert 0 == measure_savings(office.services).measured

    office.now += timedelta(days=11)
    office.add_reads(file, [2])
    assert 1 == measure_savings(office.services).measured
    realised = office.catalog.recommendation(one.recommendation_id).realised
    assert 10 == realised.days
    # 10 GiB: what storage saves in a month, less one whole read in ten days
    assert pytest.approx(10 * 0.019 - (10 * 0.03 + 9.6e-6) / 10 * 365 / 12) == realised.usd_per_month
    savings = sum_savings("team-docs", office.services)
    assert (1, 0) == (savings.applied_count, savings.open_count)
    assert pytest.approx(realised.usd_per_month) == savings.realised_per_month
    assert pytest.approx(one.saves_per_month) == savings.promised_per_month == savings.measured_promise

    office.now += timedelta(days=60)
    assert 1 == measure_savings(office.services).measured
    assert 30 == office.catalog.recommendation(one.recommendation_id).realised.days
    assert 0 == measure_savings(office.services).measured


def test_a_managed_class_is_measured_by_what_its_counter_went_through(office, runs):
    file, one = open_one(office)
    managed = replace(one, destination=replace(one.destination, storage_class="INTELLIGENT_TIERING"))
    office.catalog.change_recommendations([RecommendationChange(before=one, after=managed)])
    apply_recommendations([one.recommendation_id], "team-docs", office.services, runs)
    settle(office, migration_id_in(RUN, file.file_id), MigrationState.DONE)
    office.now += timedelta(days=60)

    assert 1 == measure_savings(office.services).measured
    realised = office.catalog.recommendation(one.recommendation_id).realised
    # 10 GiB, warm for 30 days from the move on: one of the 30 measured days is cheaper, and all are monitored
    assert pytest.approx(10 * 0.0105 / 30 - 0.0025 / 1000) == realised.usd_per_month


def test_a_run_that_failed_makes_room_for_a_new_recommendation(office, runs):
    file, one = open_one(office)
    apply_recommendations([one.recommendation_id], "team-docs", office.services, runs)
    settle(office, migration_id_in(RUN, file.file_id), MigrationState.FAILED, error="no room")
    office.catalog.release_file(office.catalog.migration(migration_id_in(RUN, file.file_id)))

    assert 1 == measure_savings(office.services).not_moved
    assert 1 == office.recommend().made


def test_a_move_that_was_taken_back_counts_as_a_no(office, runs):
    file, one = open_one(office)
    apply_recommendations([one.recommendation_id], "team-docs", office.services, runs)
    migration_id = migration_id_in(RUN, file.file_id)
    settle(office, migration_id, MigrationState.DONE)
    done = office.catalog.migration(migration_id)
    back = replace(done, state=MigrationState.ROLLED_BACK)
    office.catalog.advance(done, back, migration_advanced(back))
    office.catalog.release_file(back)

    measure_savings(office.services)
    assert RecommendationState.DISMISSED is office.catalog.recommendation(one.recommendation_id).state
    assert {"dismissed": 1} == office.recommend().stay


def test_sums_are_empty_where_nothing_was_said(office):
    savings = sum_savings(None, office.services)

    assert (0, 0.0, None) == (savings.open_count, savings.found_per_month, savings.usd_per_month)
