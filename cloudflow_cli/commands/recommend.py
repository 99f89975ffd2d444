"""`cloudflow recommend`: what should move where, what that saves, and doing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.output import console, errors, print_counts, print_json, print_rows, size
from cloudflow_lib.domain.advice_words import dollars

JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
SomeIds = Annotated[list[str], typer.Argument(help="Recommendations, as `cloudflow recommendations list` shows them.")]

recommendations = typer.Typer(
    help="What should move where: list, apply, dismiss, and what came of it.", no_args_is_help=True
)


def recommend(
    location: Annotated[str | None, typer.Argument(help="One location; none: all files.", show_default=False)] = None,
    json_output: JsonOutput = False,
) -> None:
    """Say of every file where it would be cheapest, what that saves and costs, and why; staying is an answer."""
    from cloudflow_lib.bootstrap import advice_rules, services, settings
    from cloudflow_lib.workflows.measure_savings import measure_savings
    from cloudflow_lib.workflows.recommend_moves import recommend_moves
    from ml.learning.forecaster import catalogue_forecaster

    bench, config = services(), settings()
    if location:
        bench.catalog.location(location)
    with errors.status("pricing every class for every file"):
        measured = measure_savings(bench)
        forecaster = catalogue_forecaster(bench.catalog, bench.clock(), config.learning.champion)
        report = recommend_moves(
            bench, config.classification.thresholds(), advice_rules(config), location_id=location, forecaster=forecaster
        )
    if json_output:
        print_json({**asdict(report), "measured": asdict(measured)})
        return
    counts: dict[str, object] = asdict(report)
    for name in ("saves_per_month", "once", "usd_per_month"):
        counts[name] = dollars(getattr(report, name))
    counts["stay"] = ", ".join(f"{name} {count:,}" for name, count in report.stay.items())
    print_counts("Recommended", counts)


@recommendations.command(name="list")
def list_recommendations(
    owner: Annotated[str | None, typer.Option(help="Only files of this user.")] = None,
    location: Annotated[str | None, typer.Option(help="Only files that lie here.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
    json_output: JsonOutput = False,
) -> None:
    """Show open recommendations, the greatest saving first."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.ports.recommendation_book import RecommendationQuery

    query = RecommendationQuery(owner=owner, location_id=location)
    page = services().catalog.find_recommendations(query, limit=limit)
    if json_output:
        print_json({"recommendations": list(page.recommendations), "next_cursor": page.next_cursor})
        return
    rows = [
        (
            one.recommendation_id,
            f"{one.source.location_id}/{one.key}",
            size(one.size_bytes),
            f"{one.source.storage_class} → {_target(one.source.location_id, one.destination)}",
            dollars(one.saves_per_month),
            dollars(one.once_usd),
            f"{one.pays_back_days:,.1f}",
            "; ".join(reason.text for reason in one.reasons),
        )
        for one in page.recommendations
    ]
    columns = ["id", "file", "size>", "move", "saves a month>", "costs once>", "days to pay back>", "why"]
    print_rows("Recommendations", columns, rows)


@recommendations.command()
def prefixes(
    owner: Annotated[str | None, typer.Option(help="Only files of this user.")] = None,
    location: Annotated[str | None, typer.Option(help="Only files that lie here.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
    json_output: JsonOutput = False,
) -> None:
    """Show open recommendations added up by prefix and move, the greatest saving first."""
    from cloudflow_lib.bootstrap import services

    sums = services().catalog.sum_by_prefix(owner, location_id=location, limit=limit)
    if json_output:
        print_json([{**asdict(one), "pays_back_days": one.pays_back_days} for one in sums])
        return
    rows = [
        (
            one.move.owner,
            f"{one.move.location_id}/{one.move.prefix}",
            f"{one.count:,}",
            size(one.size_bytes),
            f"{one.move.from_class} → {one.move.to_class}"
            + ("" if one.move.to_location_id == one.move.location_id else f" of {one.move.to_location_id}"),
            dollars(one.saves_per_month),
            dollars(one.saves_low),
            dollars(one.once),
            f"{one.pays_back_days:,.1f}",
        )
        for one in sums
    ]
    columns = [
        "owner",
        "prefix",
        "files>",
        "size>",
        "move",
        "saves a month>",
        "at least>",
        "once>",
        "days to pay back>",
    ]
    print_rows("Recommendations by prefix", columns, rows)


def _target(here: str, spot: object) -> str:
    location, storage_class = getattr(spot, "location_id", ""), getattr(spot, "storage_class", "")
    return storage_class if location == here else f"{location} {storage_class}"


@recommendations.command()
def apply(
    recommendation_id: SomeIds,
    user: Annotated[str | None, typer.Option(help="In whose name; none: the Airflow user of the settings.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Watch until the runs have ended.")] = True,
    json_output: JsonOutput = False,
) -> None:
    """Do what is recommended: the files move by runs of migrate_files."""
    from cloudflow_lib.bootstrap import services, settings
    from cloudflow_lib.workflows.apply_recommendations import ApplyLimits, apply_recommendations

    config = settings()
    limits = ApplyLimits(most_files=config.advice.most_files, most_bytes=config.advice.most_gib << 30)
    with AirflowClient(config.airflow) as airflow:

        def start(request: Mapping[str, object], _: str | None) -> str:
            return airflow.trigger("migrate_files", request)

        applied = apply_recommendations(
            recommendation_id, user or config.airflow.user, services(), start, limits=limits
        )
        for one in applied.skipped:
            errors.print(f"Skipped {one.file_id}: it {one.reason.words}", highlight=False, markup=False)
        started = applied.runs
        ends = {run.batch_id: airflow.wait("migrate_files", run.batch_id) if wait else "started" for run in started}
    if json_output:
        print_json([{"run_id": run.batch_id, "state": ends[run.batch_id], **asdict(run)} for run in started])
    else:
        rows = [(run.batch_id, len(run.recommendations), ends[run.batch_id]) for run in started]
        print_rows("Runs of migrate_files", ["run", "files>", "state"], rows)
    if "failed" in ends.values():
        raise typer.Exit(1)


@recommendations.command()
def dismiss(
    recommendation_id: SomeIds,
    user: Annotated[str | None, typer.Option(help="In whose name; none: the Airflow user of the settings.")] = None,
    json_output: JsonOutput = False,
) -> None:
    """Hear nothing of these files for 90 days."""
    from cloudflow_lib.bootstrap import services, settings
    from cloudflow_lib.workflows.dismiss_recommendation import dismiss_recommendations

    dismissed = dismiss_recommendations(recommendation_id, user or settings().airflow.user, services())
    if json_output:
        print_json(list(dismissed))
    else:
        console.print(f"{len(dismissed)} dismissed for 90 days", highlight=False)


@recommendations.command()
def savings(
    owner: Annotated[str | None, typer.Option(help="Only files of this user.")] = None,
    json_output: JsonOutput = False,
) -> None:
    """Show what was found to save, what was promised, and what came of it."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.sum_savings import sum_savings

    found = asdict(sum_savings(owner, services()))
    if json_output:
        print_json(found)
        return
    money = {name: dollars(value) if isinstance(value, float) else value for name, value in found.items()}
    print_counts("Savings", money)
