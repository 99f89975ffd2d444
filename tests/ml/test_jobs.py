"""The whole way from a catalogue to a champion, and from the champion to what people read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.access import DayRollup, LogCoverage
from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.workflows.log_coverage import save_coverage
from cloudflow_lib.workflows.recommend_moves import recommend_moves
from ml.backtest.families.draws import Scale
from ml.backtest.families.make import make_trace
from ml.learning.forecaster import WORDS, catalogue_forecaster, words
from ml.learning.habits import HABITS_FILE
from ml.learning.jobs import (
    School,
    candidates,
    check_day,
    drift_of,
    expect_run,
    last_training,
    prepare_run,
    settle_run,
    train_run,
)
from ml.learning.shelf import ModelError, read_card
from tests.catalog.examples import a_file, fill
from tests.recommendations.conftest import Office

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = 120


@pytest.fixture(scope="module")
def office():
    """A catalogue with four months of reads, as the platform's own ingestion would have counted them."""
    trace = make_trace("backup", 3, Scale(objects=300, days=DAYS, history_days=60))
    office = Office(now=NOW)
    office.add_location()
    start = NOW - timedelta(days=DAYS)
    born = [start + timedelta(days=max(int(day), -300)) for day in trace.objects.created]
    files = [
        a_file(
            f"{trace.objects.prefix.names[trace.objects.prefix.codes[number]]}/{number}.bin",
            size_bytes=int(trace.objects.size_bytes[number]),
            first_seen_at=born[number],
            modified_at=born[number],
        )
        for number in range(len(trace.objects))
    ]
    fill(office.catalog, *files)
    log = trace.log
    rollups = [
        DayRollup(
            file_id=files[owner].file_id,
            day=(start + timedelta(days=int(day))).date(),
            reads=int(reads),
            read_bytes=int(sent),
            hours={9: int(reads)},
            last_read_at=start + timedelta(days=int(day)),
        )
        for owner, day, reads, sent in zip(log.object, log.day, log.reads, log.bytes_read, strict=True)
        if reads
    ]
    office.catalog.add_reads("all", rollups)
    save_coverage(office.catalog, "s3-main", LogCoverage(since=start, until=NOW))
    return office


@pytest.fixture
def school(office, tmp_path, monkeypatch):
    import mlflow

    before = mlflow.get_tracking_uri()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_registry_uri(f"sqlite:///{tmp_path}/mlflow.db")
    yield School(folder=tmp_path / "learning", catalog=office.catalog, book=shipped_book("aws"), days=365, quick=True)
    mlflow.set_tracking_uri(before)
    mlflow.set_registry_uri(before)


def test_a_catalogue_of_four_months_gets_a_champion_whose_words_stand_in_recommendations(school, office, monkeypatch):
    assert drift_of(school, now=NOW) is None
    assert last_training(school) is None
    told = prepare_run(school, "run 1", now=NOW)
    assert 0 < told["days"] <= DAYS
    trained = last_training(school)
    assert trained is not None
    assert timedelta(0) <= datetime.now(UTC) - trained < timedelta(minutes=1)
    expect_run(school, "run 1")
    for name in candidates(school):
        train_run(school, "run 1", name, now=NOW)
    settled = settle_run(school, "run 1")

    assert settled["promoted"], settled
    assert settled["costs"]["quick"] <= 1.01 * min(settled["costs"]["all_hot"], settled["costs"]["intelligent_tiering"])
    card = read_card(school.model)
    assert "**quick**: Costs " in _said_of_the_training()
    assert f"It is the champion now, version {settled['version']}." in _said_of_the_training()
    drift = drift_of(school, now=NOW)
    assert drift is not None
    forecaster = catalogue_forecaster(office.catalog, NOW, school.model)
    assert forecaster is not None
    assert f"cloudflow-tier {card.version}" == forecaster.name
    report = recommend_moves(office.services, Thresholds(), office.rules, forecaster=forecaster)
    assert report.made > 0
    from cloudflow_lib.ports.recommendation_book import RecommendationQuery

    for one in office.catalog.find_recommendations(RecommendationQuery()).recommendations:
        assert one.judgement.model == f"expected-cost-1 + {forecaster.name}"
        (said,) = (reason.text for reason in one.reasons if reason.code == "model")
        assert "the model takes it for" in said
        assert "% sure" in said
    assert settled["costs"]["placement"] < settled["costs"]["intelligent_tiering"]
    assert any(reason.code == "habits" for reason in _reasons(office))
    _serving_goes_on_without_the_registry(school, office, monkeypatch)


def _said_of_the_training():
    import mlflow

    runs = mlflow.search_runs(search_all_experiments=True, output_format="list")
    return "".join(
        run.data.tags.get("mlflow.note.content", "") for run in runs if "mlflow.parentRunId" not in run.data.tags
    )


def _reasons(office):
    from cloudflow_lib.ports.recommendation_book import RecommendationQuery

    return [
        reason
        for one in office.catalog.find_recommendations(RecommendationQuery()).recommendations
        for reason in one.reasons
    ]


def _serving_goes_on_without_the_registry(school, office, monkeypatch):
    """From disk; and where the habits are gone or changed, the rules decide alone."""

    def away(_):
        raise ConnectionError("nobody answers")

    monkeypatch.setattr("ml.learning.registry.fetch_champion", away)
    book, files = shipped_book("aws"), [file for page in office.catalog.iter_files() for file in page]
    placed = catalogue_forecaster(office.catalog, NOW, school.model).place(book, ("STANDARD", "GLACIER_IR"), files)
    assert {file.file_id for file in files} == placed.keys()
    assert {"STANDARD", "GLACIER_IR"} == {one.storage_class for one in placed.values()}
    assert all(one.saves_usd > 0 for one in placed.values() if one.storage_class == "GLACIER_IR")
    (school.model / HABITS_FILE).write_bytes(b"something else")
    assert {} == catalogue_forecaster(office.catalog, NOW, school.model).place(book, ("STANDARD",), files)


def test_a_day_that_is_not_sound_is_kept_out_of_learning_until_it_is(school, office):
    day = (NOW - timedelta(days=3)).date()
    assert check_day(school, day, now=NOW).passed
    assert frozenset() == school.quarantined()
    office.catalog.add_reads(
        "broken",
        [
            DayRollup(file_id="f" * 200, day=day, reads=1, read_bytes=1, hours={1: 1}, last_read_at=NOW),
        ],
    )
    assert not check_day(school, day, now=NOW).passed
    assert frozenset({day}) == school.quarantined()
    office.catalog._rollups.pop(("f" * 200, day))
    assert check_day(school, day, now=NOW).passed
    assert frozenset() == school.quarantined()


def test_without_a_champion_nothing_is_forecast(office, school):
    assert catalogue_forecaster(office.catalog, NOW, school.model) is None
    with pytest.raises(ModelError):
        read_card(school.model)


@pytest.mark.parametrize("feature", [*WORDS, "reads_30d", "active_days_90d", "decayed_reads_7d"])
def test_every_feature_has_words_for_people(feature):
    assert len(words(feature, 3.0)) > 5
    assert "_" not in words(feature, 3.0)
