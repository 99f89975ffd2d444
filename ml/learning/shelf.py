"""
Models as files: what a run hands to the next task, what the registry keeps, and what serves when it is away.

A file is loaded only if its digest is the one that was noted when it was written: a model is code.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import joblib

from cloudflow_lib.errors import CloudFlowError
from ml.learning.models import TierModel

MODEL_FILE = "model.joblib"
CARD_FILE = "card.json"


class ModelError(CloudFlowError):
    """A model cannot be used: it is missing, was changed, or was made by another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What must be known of a model beside itself."""

    version: str
    feature_hash: str
    price_book: str
    price_book_hash: str
    data_digest: str
    horizon: int
    trained_at: str
    backtest: dict[str, float]
    """Contestant -> dollars on the days it was judged by."""
    sha256: str = ""
    habits_sha256: str = ""
    """Of the habits that lie beside the model; empty where placing by them would have done harm."""


def write_model(folder: Path, model: TierModel, card: ModelCard) -> ModelCard:
    """Write a model and its card, and return the card with the digest; a reader never sees half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{MODEL_FILE}.{os.getpid()}"
    joblib.dump(model, fresh, compress=3)
    digest = hashlib.sha256(fresh.read_bytes()).hexdigest()
    kept = ModelCard(**{**asdict(card), "sha256": digest})
    fresh.replace(folder / MODEL_FILE)
    _replace(folder / CARD_FILE, json.dumps(asdict(kept), indent=2))
    return kept


def read_card(folder: Path) -> ModelCard:
    """Return the card; ModelError where there is none."""
    try:
        return ModelCard(**json.loads((folder / CARD_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"there is no model in {folder}: train one with `cloudflow train` ({error})") from error


def read_model(folder: Path) -> tuple[TierModel, ModelCard]:
    """Return model and card; ModelError if the file is not the one that the card speaks of."""
    card = read_card(folder)
    path = folder / MODEL_FILE
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"the model's file is missing: {error}") from error
    if found != card.sha256:
        raise ModelError(f"{path} is not the file that its card speaks of: it is not loaded")
    model = joblib.load(path)
    if not isinstance(model, TierModel):
        raise ModelError(f"{path} holds no model of ours")
    return model, card


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
