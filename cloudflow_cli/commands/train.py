"""`cloudflow train`: learn from the access logs how files are used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cloudflow_cli.output import errors, print_counts, print_json


def train(
    quick: Annotated[bool, typer.Option(help="Small models, in seconds instead of minutes.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> None:
    """
    Learn how files are used, and let the model serve if it saves money.

    The same steps as the DAG `train_tier_model`: rows, expectations, candidates, backtest, gate. Every run
    lies in MLflow under the experiment `cloudflow-tiers`. Exit code 1 when the data are not sound.
    """
    from cloudflow_lib.adapters.prices.files import price_book
    from cloudflow_lib.bootstrap import services, settings
    from ml.learning.jobs import School, candidates, expect_run, prepare_run, settle_run, train_run

    config = settings()
    now = datetime.now(UTC)
    school = School(
        folder=config.learning.folder,
        catalog=services().catalog,
        book=price_book(config.learning.price_book, config.prices.overrides),
        days=config.learning.days,
        quick=quick or config.learning.quick,
    )
    run_id = f"command__{now:%Y-%m-%dT%H-%M-%S}"
    with errors.status("writing the rows to learn from"):
        told: dict[str, Any] = {"run_id": run_id, **prepare_run(school, run_id, now=now)}
    with errors.status("checking them"):
        expect_run(school, run_id)
    for name in candidates(school):
        with errors.status(f"training {name}"):
            train_run(school, run_id, name, now=now)
    with errors.status("replaying the past: champion, candidates and rules"):
        settled = settle_run(school, run_id)
    if json_output:
        print_json({**told, **settled})
        return
    print_counts("Rows", told)
    print_counts(
        f"{settled['candidate']} is {'champion' if settled['promoted'] else 'challenger'}",
        {
            **{f"{name}: dollars": f"{usd:,.4f}" for name, usd in settled["costs"].items()},
            "why not": "; ".join(settled["reasons"]),
            "version": settled["version"],
        },
    )
