"""What the tasks of `recommend_moves` do: each calls one workflow and hands back its counts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from airflow.sdk import get_current_context


def recommend() -> dict[str, Any]:
    """Say of every file of the chosen location, or of all, where it would be cheapest."""
    from cloudflow_lib.bootstrap import advice_rules, services, settings
    from cloudflow_lib.workflows.recommend_moves import recommend_moves
    from ml.learning.forecaster import catalogue_forecaster

    bench, config = services(), settings()
    wanted = get_current_context()["params"].get("location_id")
    thresholds = config.classification.thresholds()
    forecaster = catalogue_forecaster(bench.catalog, bench.clock(), config.learning.champion)
    report = recommend_moves(bench, thresholds, advice_rules(config), location_id=wanted, forecaster=forecaster)
    return {**asdict(report), "model": forecaster.name if forecaster else None}


def measure() -> dict[str, Any]:
    """Measure what applied recommendations really saved."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.measure_savings import measure_savings

    return asdict(measure_savings(services()))
