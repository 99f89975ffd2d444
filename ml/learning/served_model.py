"""What MLflow serves under a version: features in, probabilities and expected reads out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from ml.learning.answers import ANSWERS
from ml.learning.features import FEATURES
from ml.learning.shelf import read_model


class TierFunction(PythonModel):
    """Answers with the very file that was judged."""

    def load_context(self, context: Any) -> None:  # noqa: ANN401 # MLflow's own type
        """Load the bundle that was logged with it."""
        self.model, _ = read_model(Path(context.artifacts["bundle"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ANN401 # MLflow's own types
        """Return one line per line of features."""
        del context, params
        found = self.model.predict(model_input[list(FEATURES)].to_numpy("float32"))
        return pd.DataFrame(found.table(), columns=list(ANSWERS))


set_model(TierFunction())
