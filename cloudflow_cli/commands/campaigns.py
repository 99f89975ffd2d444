"""`cloudflow campaigns`: move up to a million files in bundles, and steer that."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.commands.migrate import place_of
from cloudflow_cli.output import console, errors, print_json, print_rows, say, size
from cloudflow_lib.domain.campaigns import Campaign, CampaignState
from cloudflow_lib.domain.tiers import Tier

DAG = "migrate_campaign"

campaigns = typer.Typer(help="Move up to a million files in bundles, and steer that.")

CampaignId = Annotated[str, typer.Argument(help="Its id, as `cloudflow campaigns` shows it.")]
JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


@campaigns.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 20,
    json_output: JsonOutput = False,
) -> None:
    """Show the most recent campaigns and how far they are, or steer one."""
    from cloudflow_lib.bootstrap import services

    if context.invoked_subcommand is not None:
        return
    found = [_described(campaign) for campaign in services().catalog.recent_campaigns(limit=limit)]
    if json_output:
        print_json(found)
    elif found:
        print_rows("Campaigns", ["campaign", "from", "to", "state", "files>", "bytes>", "failed>"], map(_row, found))
    else:
        console.print("No campaigns yet. Start one with `cloudflow campaigns start SOURCE DESTINATION`.")


def _described(campaign: Campaign) -> dict[str, Any]:
    from cloudflow_lib.bootstrap import services

    return {"campaign": campaign, "progress": services().catalog.campaign_progress(campaign.campaign_id)}


def _row(described: dict[str, Any]) -> tuple[str, ...]:
    campaign, progress = described["campaign"], described["progress"]
    return (
        campaign.campaign_id,
        campaign.source_location,
        campaign.destination_location,
        str(campaign.state),
        f"{progress.moved.files:,} of {campaign.planned.files:,}",
        f"{size(progress.moved.size_bytes)} of {size(campaign.planned.size_bytes)}",
        f"{progress.failed.files:,}",
    )


@campaigns.command()
def start(
    source: Annotated[str, typer.Argument(help="LOCATION or LOCATION/PREFIX: which files.", show_default=False)],
    destination: Annotated[str, typer.Argument(help="LOCATION or LOCATION/PREFIX: where to.", show_default=False)],
    *,
    include: Annotated[list[str] | None, typer.Option(help="Only keys like this, such as '*.parquet'.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="No keys like this.")] = None,
    only_tier: Annotated[Tier | None, typer.Option(help="Move only files of this class.")] = None,
    tier: Annotated[Tier | None, typer.Option(help="The class there; left out: each file's own class.")] = None,
    storage_class: Annotated[
        str | None, typer.Option("--class", help="A provider's own class, such as GLACIER_IR.")
    ] = None,
    max_files: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many files.")] = 100_000,
    max_bytes: Annotated[int | None, typer.Option(min=1, help="At most so many bytes together.")] = None,
    quarantine_days: Annotated[
        float, typer.Option(min=0, max=365, help="Keep the sources so long; 0: remove them.")
    ] = 7.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would move.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Watch until the run has ended.")] = True,
    json_output: JsonOutput = False,
) -> None:
    """
    Move many files to another location, in bundles.

    It runs as the Airflow DAG `migrate_campaign`.

    Example: cloudflow campaigns start s3-main/raw/ azure-main/archive/ --include '*.parquet' --dry-run
    """
    source_location, prefix = place_of(source)
    destination_location, destination_prefix = place_of(destination)
    request: dict[str, Any] = {
        "source_location": source_location,
        "prefix": prefix,
        "include": include,
        "exclude": exclude,
        "source_tier": only_tier,
        "destination_location": destination_location,
        "destination_prefix": destination_prefix,
        "destination_tier": tier,
        "storage_class": storage_class,
        "quarantine_days": quarantine_days,
        "max_files": max_files,
        "max_bytes": max_bytes,
    }
    if dry_run:
        _preview(request, json_output=json_output)
    else:
        _run(request, wait=wait, json_output=json_output)


def _preview(request: dict[str, Any], *, json_output: bool) -> None:
    from cloudflow_lib.bootstrap import services, settings
    from cloudflow_lib.workflows.open_campaign import CampaignRequest, preview_campaign
    from cloudflow_lib.workflows.plan_moves import parse

    taken, left_out = preview_campaign(settings().airflow.user, parse(CampaignRequest, request), services())
    if json_output:
        print_json({"would_move": taken, "left_out": left_out})
        return
    console.print(f"Would move {taken.files:,} files, {size(taken.size_bytes)}.")
    if left_out.files:
        console.print(f"{left_out.files:,} more, {size(left_out.size_bytes)}, fit the filter but not the limits.")


def _run(request: dict[str, Any], *, wait: bool, json_output: bool, campaign_id: str | None = None) -> None:
    from cloudflow_lib.bootstrap import services, settings

    catalog = services().catalog
    for name in ("source_location", "destination_location"):
        if name in request:
            catalog.location(request[name])
    with AirflowClient(settings().airflow) as airflow:
        run_id = airflow.trigger(DAG, request)
        campaign_id = campaign_id or run_id
        state = _watch(airflow, run_id, campaign_id) if wait else "started"
    refusal = catalog.refusal(campaign_id)
    if json_output:
        print_json(
            {"campaign_id": campaign_id, "run_id": run_id, "state": state, "refused": refusal and refusal.reason}
        )
    elif refusal:
        say(("refused:", "red"), f" {refusal.reason}")
    else:
        say(f"Campaign {campaign_id}: {state}. `cloudflow campaigns` shows how far it is.")
    if state == "failed":
        raise typer.Exit(1)


def _watch(airflow: AirflowClient, run_id: str, campaign_id: str) -> str:
    from cloudflow_lib.bootstrap import services

    catalog = services().catalog
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        bar = progress.add_task("planning", total=None)

        def tick() -> None:
            for campaign in catalog.recent_campaigns(limit=20):
                if campaign.campaign_id == campaign_id:
                    far = catalog.campaign_progress(campaign_id)
                    text = f"{far.moved.files:,} of {campaign.planned.files:,} files, {far.failed.files:,} failed"
                    progress.update(
                        bar, description=text, total=campaign.planned.size_bytes, completed=far.moved.size_bytes
                    )

        return airflow.wait(DAG, run_id, tick=tick)


@campaigns.command()
def pause(campaign_id: CampaignId, json_output: JsonOutput = False) -> None:
    """
    Let a campaign stand; workers stop after the files in flight.

    Example: cloudflow campaigns pause manual__2026-03-01T12:00:00+00:00
    """
    _steer(campaign_id, CampaignState.PAUSED, json_output=json_output)


@campaigns.command()
def cancel(campaign_id: CampaignId, json_output: JsonOutput = False) -> None:
    """
    End a campaign; what arrived stays where it arrived.

    Example: cloudflow campaigns cancel manual__2026-03-01T12:00:00+00:00
    """
    _steer(campaign_id, CampaignState.CANCELLED, json_output=json_output)


@campaigns.command()
def resume(
    campaign_id: CampaignId,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Watch until the run has ended.")] = True,
    json_output: JsonOutput = False,
) -> None:
    """
    Carry on a campaign that was paused or broke off, in a new run; nothing is listed or copied again.

    Example: cloudflow campaigns resume manual__2026-03-01T12:00:00+00:00
    """
    from cloudflow_lib.bootstrap import services

    services().catalog.campaign(campaign_id)
    _run({"campaign_id": campaign_id}, wait=wait, json_output=json_output, campaign_id=campaign_id)


def _steer(campaign_id: str, state: CampaignState, *, json_output: bool) -> None:
    from cloudflow_lib.bootstrap import services, settings
    from cloudflow_lib.workflows.open_campaign import steer_campaign

    campaign = steer_campaign(campaign_id, settings().airflow.user, state, services())
    if json_output:
        print_json(campaign)
    else:
        say(f"Campaign {campaign.campaign_id}: {campaign.state}.")
