"""
Experiments and the registry in MLflow: every run tells its whole story, aliases say who serves.

The model is logged with the file that was judged, byte for byte; whoever serves loads that file and
checks its digest against the version's tag.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature

from ml.learning.answers import ANSWERS
from ml.learning.features import FEATURES, Floats32
from ml.learning.habits import HABITS_FILE
from ml.learning.models import TierModel
from ml.learning.shelf import CARD_FILE, MODEL_FILE, ModelCard, ModelError, read_model

# A registry that is away must not hold anybody up: its client would try for minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")

EXPERIMENT = "cloudflow-tiers"
NAME = "cloudflow-tier"
CHAMPION, CHALLENGER = "champion", "challenger"
REQUIREMENTS = ["scikit-learn", "numpy", "joblib", "pandas"]
ARTIFACT = "bundle"
NOTE, KIND = "mlflow.note.content", "mlflow.experimentKind"
KIND_OF_OURS = "custom_model_development"
"""Without it MLflow's pages guess, and show what is for language models."""
ABOUT = """\
Each run is a training; below it is one run for each candidate, with its plots and tables among the artifacts.
`ratio` is what a candidate costs over the optimum on days that it never saw, `ratio_all_hot` and
`ratio_intelligent_tiering` what doing nothing and the provider's own rule cost there. The model `cloudflow-tier`
holds the versions; its alias `champion` says who serves.
"""
SERVED = Path(__file__).with_name("served_model.py")
"""What MLflow runs to serve a version: code, not a pickle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that a run logs beside its model."""

    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    plots: Mapping[str, Any]
    """File name -> matplotlib figure."""
    tables: Mapping[str, Any]
    """File name -> what is written as JSON."""


def log_run(name: str, story: Story, folder: Path, example: Floats32, parent: str | None = None) -> str:
    """Log one run with its model and return the URI of the model."""
    _our_experiment()
    with mlflow.start_run(run_name=name, parent_run_id=parent):
        mlflow.log_params(dict(story.params))
        mlflow.log_metrics(dict(story.metrics))  # one call: fifty single ones take fourteen times as long
        mlflow.set_tags(dict(story.tags))
        for file, figure in story.plots.items():
            mlflow.log_figure(figure, f"plots/{file}")
        for file, table in story.tables.items():
            mlflow.log_dict(table, f"tables/{file}")
        model, _ = read_model(folder)
        frame = pd.DataFrame(example[:5].astype("float64"), columns=list(FEATURES))
        answer = model.predict(example[:5]).table()
        output = pd.DataFrame(answer, columns=list(ANSWERS))
        info = mlflow.pyfunc.log_model(
            name="tier",
            python_model=str(SERVED),
            artifacts={ARTIFACT: str(folder)},
            signature=infer_signature(frame, output),
            input_example=frame,
            pip_requirements=REQUIREMENTS,
        )
        return str(info.model_uri)


def _our_experiment() -> str:
    """Return the id of the experiment, which says what it is about."""
    found = mlflow.set_experiment(EXPERIMENT)
    if found.tags.get(NOTE) != ABOUT:
        for name, value in ((KIND, KIND_OF_OURS), (NOTE, ABOUT)):
            MlflowClient().set_experiment_tag(found.experiment_id, name, value)
    return str(found.experiment_id)


def _in_words(metrics: Mapping[str, float]) -> str:
    """Return what a candidate costs, beside the others."""
    others = {
        "all_hot": "doing nothing",
        "intelligent_tiering": "Intelligent-Tiering",
        "placement": "placing by habits",
    }
    told = [f"{words} {metrics[f'ratio_{name}']:.3f}" for name, words in others.items() if f"ratio_{name}" in metrics]
    own = metrics.get("ratio")
    return "" if own is None else f"Costs {own:.3f} of the optimum on days that it never saw; {', '.join(told)}."


def register(uri: str, alias: str, card: ModelCard) -> str:
    """Make the logged model a version of the registered one, point the alias at it and return the version."""
    version = str(mlflow.register_model(uri, NAME).version)
    client = MlflowClient()
    tags = {
        "sha256": card.sha256,
        "feature_hash": card.feature_hash,
        "price_book": card.price_book,
        "price_book_hash": card.price_book_hash,
        "data_digest": card.data_digest,
    }
    for name, value in tags.items():
        client.set_model_version_tag(NAME, version, name, value)
    client.set_registered_model_alias(NAME, alias, version)
    return version


def champion_version() -> tuple[str, str] | None:
    """Return the version that serves and its digest, or None where there is none yet."""
    try:
        found = MlflowClient().get_model_version_by_alias(NAME, CHAMPION)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise ModelError(f"the model registry does not answer: {error}") from error
    return str(found.version), str(found.tags.get("sha256", ""))


def fetch_champion(folder: Path) -> tuple[TierModel, ModelCard] | None:
    """Bring the champion's bundle into *folder* and return it, or None where there is none yet."""
    found = champion_version()
    if found is None:
        return None
    version, sha256 = found
    with tempfile.TemporaryDirectory() as scratch:
        try:
            path = Path(mlflow.artifacts.download_artifacts(f"models:/{NAME}/{version}", dst_path=scratch))
        except MlflowException as error:
            raise ModelError(f"the model registry does not answer: {error}") from error
        bundle = next(path.rglob(MODEL_FILE)).parent
        model, card = read_model(bundle)
        if card.sha256 != sha256:
            raise ModelError(f"version {version} of {NAME} is not the file that was registered: it is not loaded")
        folder.mkdir(parents=True, exist_ok=True)
        for name in (MODEL_FILE, *([HABITS_FILE] if card.habits_sha256 else []), CARD_FILE):
            fresh = folder / f".{name}.fresh"
            fresh.write_bytes((bundle / name).read_bytes())
            fresh.replace(folder / name)
    return model, card


@contextmanager
def log_training(name: str, docs: Path) -> Iterator[Callable[..., str]]:
    """Log a training as one run with a run below it for each candidate; Data Docs lie among its artifacts."""
    client = MlflowClient()
    run = client.create_run(_our_experiment(), run_name=name)
    if docs.exists():
        client.log_artifacts(run.info.run_id, str(docs), "data_docs")
    log, lines = log_candidate(run.info.run_id), list[str]()

    def tell(**candidate: Any) -> str:  # noqa: ANN401 - passed on as it is
        version, alias = log(**candidate), candidate["alias"]
        became = f" It is the {alias} now, version {version}." if alias else " It is not served."
        lines.append(f"- **{candidate['name']}**: {_in_words(candidate['metrics'])}{became}")
        client.set_tag(run.info.run_id, NOTE, "\n".join(lines))
        return version

    try:
        yield tell
    except BaseException:
        client.set_terminated(run.info.run_id, "FAILED")
        raise
    client.set_terminated(run.info.run_id)


def log_candidate(parent: str | None = None) -> Callable[..., str]:
    """Return what logs one candidate as a run, under the run *parent*, registers it, and returns its version."""

    def log(
        *,
        name: str,
        folder: Path,
        card: ModelCard,
        example: Floats32,
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        figures: Mapping[str, Any],
        tables: Mapping[str, Any],
        alias: str | None,
    ) -> str:
        tags = {"price_book_hash": card.price_book_hash, "feature_hash": card.feature_hash, "alias": alias or "none"}
        tags[NOTE] = _in_words(metrics)
        story = Story(params=params, metrics=metrics, tags=tags, plots=figures, tables=tables)
        uri = log_run(name, story, folder, example, parent)
        return register(uri, alias, card) if alias else ""

    return log
