"""
A campaign through Airflow against the engine alone, and against the death of everything that runs it.

    python -m benchmarks.campaign [--files 20000] [--rounds 3] [--json]

Runs against the stack that `cloudflow up` started, once no DAG runs, and lets no other one start by itself: each of
them would be measured as a slower campaign. In each round the same small objects, from one bucket of its S3 server to
another, are copied by the engine in one process, then moved by `migrate_campaign`; the median of the rounds counts. One
more campaign moves others while its whole Airflow (scheduler with its workers, API server, triggerer and DAG processor)
gets SIGKILL in the middle.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median
from typing import Annotated, Any
from uuid import uuid4

import httpx
import typer

from benchmarks._report import Report, say
from benchmarks._stack import add_place, awake_dags, kill_airflow, running_world, settle_stack, without_schedules
from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.demo.world import REGION, Place, World
from cloudflow_lib.adapters.publishers.kafka_tail import tail
from cloudflow_lib.bootstrap import services, settings
from cloudflow_lib.domain.events import FileMoved
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.workflows.scan_location import scan_location

DAG = "migrate_campaign"
SOURCE, TARGET = "campaign-source", "campaign-target"
FILE_BYTES = 4 * 1024
SHARE = 0.6
PATIENCE_SECONDS = 900.0
LOOK_SECONDS = 0.5
ASK_SECONDS = 2.0
WRITERS = 64
KILL_AT = 0.3
"""How much of the campaign has arrived when everything is killed."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign, as it went."""

    seconds: float
    moved: int
    events: Mapping[str, int]
    """File id -> how many events said that it moved, each counted once by its id."""
    listings: int
    """How often the source was listed meanwhile."""


def fill_folder(count: int) -> str:
    """Write *count* random objects into the source and catalogue them; return the prefix that they have in common."""
    prefix, bench = f"{uuid4().hex[:8]}/", services()
    say(f"writing and cataloguing {count:,} objects")
    end = bench.open_end(SOURCE).fast

    async def write() -> None:
        places = asyncio.Semaphore(WRITERS)

        async def put(number: int) -> None:
            async with places:
                await end.put_new(f"{prefix}{number:06}.bin", os.urandom(FILE_BYTES), ObjectTraits())

        await asyncio.gather(*(put(number) for number in range(count)))
        await end.aclose()

    asyncio.run(write())
    scan_location(SOURCE, catalog=bench.catalog, open_store=bench.open_store, clock=bench.clock)
    _wait_for(lambda: bench.catalog.outbox_size() == 0, "events of the scan still wait")
    return prefix


def time_engine(place: Place, prefix: str) -> float:
    """Copy everything below *prefix* with the engine alone, as one process, and return the seconds it took."""
    ends = {
        "BENCH_SOURCE": json.dumps(_described(place, f"cloudflow-{SOURCE}")),
        "BENCH_TARGET": json.dumps(_described(place, f"cloudflow-{TARGET}")),
    }
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "benchmarks._engine", prefix, f"engine/{prefix}"],
        env={**os.environ, **ends, "BENCH_OPTIONS": json.dumps({"carry_tags": True})},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - began


def _described(place: Place, bucket: str) -> dict[str, str]:
    return {
        "provider": place.provider.value,
        "bucket": bucket,
        "url": place.endpoint_url,
        "account": place.account,
        **place.secret,
    }


def run_campaign(world: World, prefix: str, count: int, *, is_killed: bool) -> Campaign:
    """Move everything below *prefix* by a campaign, with or without a SIGKILL for all of Airflow in the middle."""
    bench, run_id = services(), f"campaign-{uuid4().hex}"
    wish = {"source_location": SOURCE, "prefix": prefix, "destination_location": TARGET}
    listings = _listings(world, prefix)
    began_at = datetime.now(UTC)
    with AirflowClient(settings().airflow) as airflow:
        airflow.trigger(DAG, wish, run_id=run_id)
        if is_killed:
            _wait_for(lambda: _moved(run_id) >= KILL_AT * count, f"{KILL_AT:.0%} of the files did not arrive")
            planned = bench.catalog.campaign(run_id).opened_at
            kill_airflow(world)
    seconds = (_wait_for_end(run_id) - began_at).total_seconds()
    if is_killed and bench.catalog.campaign(run_id).opened_at != planned:
        raise CloudFlowError("the campaign was planned anew")
    events = _moved_events(began_at, run_id)
    return Campaign(seconds, _moved(run_id), events, _listings(world, prefix) - listings)


def _wait_for(is_true: Any, complaint: str) -> None:  # noqa: ANN401 - a function without parameters
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        if time.monotonic() > until:
            raise TimeoutError(f"{complaint} within {PATIENCE_SECONDS:.0f} s")
        time.sleep(LOOK_SECONDS)


def _moved(run_id: str) -> int:
    return services().catalog.campaign_progress(run_id).moved.files


def _wait_for_end(run_id: str) -> datetime:
    """Return when the run ended, as Airflow notes it; signed in once and seldom asked, as its answers cost it work."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            with AirflowClient(settings().airflow) as airflow:
                airflow.wait(DAG, run_id, timeout=until - time.monotonic(), tick=lambda: time.sleep(ASK_SECONDS))
                return datetime.fromisoformat(airflow.run(DAG, run_id)["end_date"])
        except (CloudFlowError, httpx.HTTPError):
            time.sleep(LOOK_SECONDS)  # its API server is starting again
    raise TimeoutError(f"the run did not end within {PATIENCE_SECONDS:.0f} s")


def _moved_events(since: datetime, campaign_id: str) -> Mapping[str, int]:
    kafka = settings().kafka
    _wait_for(lambda: services().catalog.outbox_size() == 0, "events still wait")
    events = tail(kafka.bootstrap_servers, kafka.options, topics=[Topic.FILES], since=since, follow=False)
    own = {
        event.id: event.subject
        for event in events
        if isinstance(event, FileMoved) and event.data.campaign_id == campaign_id
    }
    return Counter(own.values())


def _listings(world: World, prefix: str) -> int:
    """Return how often the S3 server was asked to list *prefix*, by its own access log."""
    with world.s3_access_log.open(errors="replace") as lines:
        return sum("REST.GET.BUCKET" in line and prefix.strip("/") in line for line in lines)


def content(place: Place, prefix: str) -> dict[str, str]:
    """Return name -> ETag of what the SDK lists below *prefix* in a bucket."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=place.endpoint_url,
        region_name=REGION,
        aws_access_key_id=place.account,
        aws_secret_access_key=place.secret["secret_access_key"],
    )
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=prefix)
    return {one["Key"].removeprefix(prefix): one["ETag"] for page in pages for one in page.get("Contents", ())}


def measure(report: Report, world: World, files: int, rounds: int) -> None:
    """Let engine and campaigns take turns at the same files, kill one more, and hold all of them to their targets."""
    s3 = world.places()["s3-main"]
    source, target = (replace(s3, location_id=name, bucket=f"cloudflow-{name}") for name in (SOURCE, TARGET))
    add_place(source)
    add_place(target)

    def run(name: str, folder: str, *, is_killed: bool) -> float:
        told = run_campaign(world, folder, files, is_killed=is_killed)
        say(f"{name}: {told.seconds:.1f} s")
        report.note(f"{name} s", round(told.seconds, 1))
        report.require(f"{name}, files moved", "==", files, told.moved)
        is_equal = content(source, folder) == content(target, folder)
        report.require(f"{name}, copies equal to their sources", "==", 1, int(is_equal))
        once = sum(count == 1 for count in told.events.values())
        report.require(f"{name}, files told moved exactly once", "==", files, once)
        report.require(f"{name}, listings of the source", "==", 0, told.listings)
        return told.seconds

    shares = []
    for number in range(1, rounds + 1):
        folder = fill_folder(files)
        engine = time_engine(s3, folder)
        say(f"the engine alone: {files / engine:,.0f} files a second")
        report.note(f"engine {number} files/s", round(files / engine))
        shares.append(engine / run(f"campaign {number}", folder, is_killed=False))
    report.require("campaigns' share of the engine's speed", ">=", SHARE, median(shares))
    run("killed campaign", fill_folder(files), is_killed=True)


def main(
    files: Annotated[int, typer.Option(min=1000, help="How many files each campaign moves.")] = 20_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often engine and campaign take turns.")] = 3,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure campaigns, one of them killed; exit code 1 when a target does not hold."""
    report = Report(f"Campaigns of {files:,} files")
    try:
        world = running_world()
        settle_stack()  # runs of a DAG that is paused would wait for ever
        with without_schedules(*(dag_id for dag_id in awake_dags() if dag_id != DAG)):
            measure(report, world, files, rounds)
    except (CloudFlowError, TimeoutError) as error:
        say(str(error))
        raise typer.Exit(1) from None
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
