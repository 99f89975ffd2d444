"""`cloudflow migrate`: start moves and watch them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.commands.migrations import print_moves
from cloudflow_cli.output import errors, print_json, say
from cloudflow_lib.domain.migrations import ENDED
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import WrongInputError

DAG = "migrate_files"


def migrate(
    source: Annotated[str, typer.Argument(help="LOCATION or LOCATION/PREFIX: which files.", show_default=False)],
    destination: Annotated[
        str | None,
        typer.Argument(
            help="LOCATION or LOCATION/PREFIX; left out: change the class where they lie.", show_default=False
        ),
    ] = None,
    *,
    tier: Annotated[Tier | None, typer.Option(help="The class there; left out: each file's own class.")] = None,
    storage_class: Annotated[
        str | None, typer.Option("--class", help="A provider's own class, such as GLACIER_IR.")
    ] = None,
    only_tier: Annotated[Tier | None, typer.Option(help="Move only files of this class.")] = None,
    include: Annotated[list[str] | None, typer.Option(help="Only keys like this, such as '*.csv'.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="No keys like this.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Move at most so many files.")] = 200,
    quarantine_days: Annotated[
        float, typer.Option(min=0, max=365, help="Keep the source so long; 0: remove it.")
    ] = 7.0,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Watch until the run has ended.")] = True,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> None:
    """
    Move files to another location or storage class, safely.

    The move runs as the Airflow DAG `migrate_files`: each file is copied, verified by an independent
    checksum, switched in the catalogue, and only then its source is quarantined or removed.

    Example: cloudflow migrate s3-main/reports/ azure-main --tier cold
    """
    from cloudflow_lib.bootstrap import services, settings

    source_location, prefix = place_of(source)
    request: dict[str, Any] = {
        "source_location": source_location,
        "prefix": prefix,
        "include": include,
        "exclude": exclude,
        "source_tier": only_tier,
        "limit": limit,
        "destination_tier": tier,
        "storage_class": storage_class,
        "quarantine_days": quarantine_days,
    }
    bench = services()
    bench.catalog.location(source_location)
    if destination:
        request["destination_location"], request["destination_prefix"] = place_of(destination)
        bench.catalog.location(request["destination_location"])
    elif tier is None and storage_class is None:
        raise WrongInputError("say where to: a DESTINATION, or --tier or --class to change the class in place")
    with AirflowClient(settings().airflow) as airflow:
        run_id = airflow.trigger(DAG, request)
        if wait:
            _watch(airflow, run_id)
            state = airflow.wait(DAG, run_id)
        else:
            state = "started"
    _tell(run_id, state, json_output=json_output)
    if state == "failed":
        raise typer.Exit(1)


def place_of(text: str) -> tuple[str, str]:
    """Return the location and the prefix that *text* names."""
    location, _, prefix = text.partition("/")
    if not location:
        raise WrongInputError(f"{text!r} names no location: write LOCATION or LOCATION/PREFIX")
    return location, prefix


def _watch(airflow: AirflowClient, run_id: str) -> None:
    from cloudflow_lib.bootstrap import services

    catalog = services().catalog
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        bar = progress.add_task("opening the run", total=None)

        def tick() -> None:
            moves = catalog.batch(run_id)
            if moves:
                ended = sum(move.state in ENDED for move in moves)
                progress.update(bar, description="files", total=len(moves), completed=ended)

        airflow.wait(DAG, run_id, tick=tick)


def _tell(run_id: str, state: str, *, json_output: bool) -> None:
    from cloudflow_lib.bootstrap import services

    catalog = services().catalog
    moves, refusal = catalog.batch(run_id), catalog.refusal(run_id)
    if json_output:
        print_json({"run_id": run_id, "state": state, "refused": refusal and refusal.reason, "migrations": moves})
        return
    if refusal:
        say(("refused:", "red"), f" {refusal.reason}")
    elif moves:
        print_moves(f"Run {run_id}: {state}", moves)
    else:
        say(f"Run {run_id}: {state}. `cloudflow migrations` shows how far it is.")
