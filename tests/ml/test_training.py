"""A whole training, with the real registry on a database of its own, and the real expectations."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import joblib
import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.errors import WrongInputError
from ml.backtest.families.draws import Scale
from ml.backtest.families.make import make_trace
from ml.learning.catalogue import files_as_trace, prefix_of
from ml.learning.expectations import access_frame, check_access
from ml.learning.plans import Plan
from ml.learning.serving import Champion
from ml.learning.training import BadDataError, expect, prepare, settle, train_candidate
from tests.catalog.examples import a_file

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAN = Plan(horizon=20, scored_days=120, quick=True)
BOOK = shipped_book("aws")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder after preparation and one candidate."""
    folder = tmp_path_factory.mktemp("training")
    trace = make_trace("backup", 5, Scale(objects=300, days=360, history_days=240))
    told = prepare(folder, trace, BOOK, PLAN)
    train_candidate(folder, "quick", now=NOW)
    return folder, told


@pytest.fixture
def mlflow_here(tmp_path, monkeypatch):
    """MLflow on a database of this test."""
    import mlflow

    before = mlflow.get_tracking_uri()
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.chdir(tmp_path)  # artifacts lie beside the database
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_registry_uri(f"sqlite:///{tmp_path}/mlflow.db")
    yield mlflow
    mlflow.set_tracking_uri(before)
    mlflow.set_registry_uri(before)


def test_the_first_good_model_becomes_champion_and_the_run_tells_its_whole_story(
    trained, mlflow_here, tmp_path, monkeypatch
):
    from ml.learning.registry import fetch_champion, log_candidate

    folder, told = trained
    settled = settle(folder, None, log=log_candidate())

    assert settled.promoted
    assert settled.costs["quick"] < settled.costs["intelligent_tiering"]
    client = mlflow_here.MlflowClient()
    (run,) = client.search_runs([client.get_experiment_by_name("cloudflow-tiers").experiment_id])
    assert told["data_digest"] == run.data.params["data_digest"]
    assert told["price_book_hash"] == run.data.params["price_book_hash"] == run.data.tags["price_book_hash"]
    assert "of the optimum" in run.data.tags["mlflow.note.content"]
    assert told["feature_hash"] == run.data.params["feature_hash"]
    assert pytest.approx(settled.costs["quick"]) == run.data.metrics["cost_usd"]
    assert {"ratio", "ratio_intelligent_tiering", "read_brier", "tier_macro_f1", "gate_saves_low"} <= set(
        run.data.metrics
    )
    pictures = {one.path for one in client.list_artifacts(run.info.run_id, "plots")}
    assert {"reliability", "cost_against_baselines", "feature_importance", "regret_by_size"} <= {
        path.removeprefix("plots/").removesuffix(".png") for path in pictures
    }
    tables = {one.path for one in client.list_artifacts(run.info.run_id, "tables")}
    assert {"tables/backtest.json", "tables/gate.json", "tables/regret_by_size.json"} <= tables
    version = client.get_model_version_by_alias("cloudflow-tier", "champion")
    assert settled.version == str(version.version)
    assert mlflow_here.models.get_model_info(f"models:/cloudflow-tier/{version.version}").signature is not None

    model, card = fetch_champion(tmp_path / "kept")
    assert version.tags["sha256"] == card.sha256
    assert pytest.approx(settled.costs["quick"]) == card.backtest["quick"]
    rows = joblib.load(folder / "parts.joblib").calibrate.features[:20]
    served = mlflow_here.pyfunc.load_model("models:/cloudflow-tier@champion")
    import pandas as pd

    from ml.learning.features import FEATURES

    answer = served.predict(pd.DataFrame(rows.astype("float64"), columns=list(FEATURES)))
    assert np.allclose(answer.to_numpy(), model.predict(rows).table(), atol=1e-6)
    mlflow_here.set_tracking_uri("http://127.0.0.1:1")  # nobody is there
    mlflow_here.set_registry_uri("http://127.0.0.1:1")
    away = Champion(tmp_path / "kept", fetch_champion)
    assert np.array_equal(away.predict(rows).table(), model.predict(rows).table())

    assert card.habits_sha256
    assert settle(folder, (model, card), log=None).promoted  # fresher habits need not beat themselves
    monkeypatch.setattr("ml.learning.contest.does_no_harm", lambda *_: False)
    again = settle(folder, (model, replace(card, habits_sha256="")), log=None)
    assert not again.promoted  # the same model saves nothing against itself
    assert "perhaps nothing" in again.reasons[0]


def test_a_registry_without_a_champion_says_so(mlflow_here, tmp_path):
    from ml.learning.registry import fetch_champion

    assert mlflow_here.get_tracking_uri().startswith("sqlite")
    assert fetch_champion(tmp_path) is None


def test_no_row_reaches_into_the_days_that_the_gate_replays(trained):
    folder, _ = trained
    parts = joblib.load(folder / "parts.joblib")
    trace, _ = joblib.load(folder / "trace.joblib")

    assert 240 == trace.history_days
    assert max(part.day.max() for part in (parts.train, parts.calibrate, parts.judge)) + PLAN.horizon <= 240


def test_a_sound_training_set_passes_and_a_broken_one_stops_the_training(trained, tmp_path):
    folder, _ = trained
    checked = expect(folder, tmp_path / "gx")

    assert checked.passed
    assert checked.expectations >= 12
    page = tmp_path / "gx" / "docs" / "index.html"
    assert page.exists()
    parts = joblib.load(folder / "parts.joblib")
    features = parts.train.features.copy()
    features[:, 0] = -5
    joblib.dump(replace(parts, train=replace(parts.train, features=features)), tmp_path / "parts.joblib")
    with pytest.raises(BadDataError, match="expect_column_values_to_be_between of age_days"):
        expect(tmp_path, tmp_path / "gx")


TODAY = NOW.date()


def rollup(number, *, day=TODAY, reads=2, hours=None):
    return DayRollup(
        file_id=f"{number:032x}",
        day=day,
        reads=reads,
        read_bytes=10,
        hours={3: reads} if hours is None else hours,
        last_read_at=NOW,
    )


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ([rollup(1), rollup(1)], "unique"),
        ([rollup(1, day=NOW.date() + timedelta(days=40))], "of day"),
        ([rollup(1, reads=0, hours={})], "of reads"),
        ([rollup(1, hours={3: 1, 4: 9})], "pair_values"),
    ],
)
def test_a_day_that_is_not_sound_is_found(tmp_path, broken, why):
    good = [rollup(number) for number in range(10, 60)]

    assert check_access(access_frame(good), tmp_path, now=NOW).passed
    found = check_access(access_frame([*good, *broken]), tmp_path, now=NOW)
    assert not found.passed
    assert any(why in line for line in found.failed)


def test_a_day_much_smaller_than_its_weekday_is_not_sound(tmp_path):
    found = check_access(access_frame([rollup(1)]), tmp_path, now=NOW, usual_rows=[900, 1000, 1100, 1000])

    assert not found.passed
    assert "row_count" in found.failed[0]


def test_too_few_days_are_refused_in_one_line(tmp_path):
    trace = make_trace("media", 5, Scale(objects=50, days=30, history_days=20))

    with pytest.raises(WrongInputError, match="days"):
        prepare(tmp_path, trace, BOOK, Plan(horizon=20, scored_days=25))


@pytest.mark.parametrize("days", [60, 90, 120, 200, 364, 365, 900])
def test_a_plan_leaves_room_for_three_parts_whatever_the_history(days, tmp_path):
    plan = Plan.for_days(days, quick=True)
    trace = make_trace("media", 2, Scale(objects=60, days=days, history_days=days // 2))
    told = prepare(tmp_path, trace, BOOK, plan)

    assert min(told["train"], told["calibrate"]) > 0
    assert json.loads((tmp_path / "plan.json").read_text())["plan"]["horizon"] == plan.horizon


def test_the_catalogue_is_a_trace_that_begins_with_the_first_read(tmp_path):
    del tmp_path
    seen = a_file("logs/2026/03/01/a.csv", first_seen_at=NOW, modified_at=NOW)
    quiet = a_file("b.bin", first_seen_at=NOW - timedelta(days=50), modified_at=NOW - timedelta(days=400))
    day = NOW.date() - timedelta(days=30)
    known = replace(rollup(0, day=day), file_id=seen.file_id)
    trace = files_as_trace([seen, quiet], [known, rollup(9)], now=NOW, days=100)

    table = {name: place for place, name in enumerate(trace.objects.ids)}
    assert 70 == trace.objects.created[table[seen.file_id]]
    assert -300 == trace.objects.created[table[quiet.file_id]]
    assert [(70, 2)] == list(zip(trace.log.day.tolist(), trace.log.reads.tolist(), strict=True))
    assert "s3-main/logs/#" == prefix_of(seen)
    assert "s3-main/dt=#/tenant-12" == prefix_of(replace(seen, key="dt=2026-03-01/tenant-12/03/a.csv"))
