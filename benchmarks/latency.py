"""
From the click to the proof: one file, migrated by one call of Airflow's API.

    python -m benchmarks.latency [--runs 20] [--json]

Runs against the stack that `cloudflow up` started. Each run moves a file of its own from the S3 server
to the Azure emulator. The clock starts before the call and stops when the event that the file is done
was read from Kafka and the mail about the run lies in the mail catcher.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import typer

from benchmarks._report import Report, say
from benchmarks._stack import add_place, running_world
from benchmarks._witnesses import Witness, watch_events, watch_mails
from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.demo.world import World
from cloudflow_lib.bootstrap import services, settings
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.workflows.scan_location import scan_location

DAG = "migrate_files"
STEPS = ("open_run", "migrate.validate", "migrate.copy", "migrate.verify", "migrate.finish", "report")
TARGET_SECONDS = 3.0
PATIENCE_SECONDS = 120.0
FILE_BYTES = 64 * 1024
PAUSE_SECONDS = (3.0, 6.0)
"""Between two runs: twenty mails within two minutes, and the next ones would be collected into a digest."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One run, in seconds after its click."""

    event: float
    mail: float
    success: float
    tasks: dict[str, tuple[float, float]]
    """Task -> (waited since the one before it ended, ran)."""


def prepare(world: World, count: int) -> list[str]:
    """Make two places and *count* files in the first, and return the files' ids."""
    marks = {"source": "s3-main", "target": "azure-main"}
    names = {side: f"latency-{side}" for side in marks}
    for side, usual in marks.items():
        add_place(replace(world.places()[usual], location_id=names[side], bucket=f"cloudflow-{names[side]}"))
    bench, folder = services(), uuid4().hex
    store = bench.open_store(names["source"])
    keys = [f"{folder}/{number:03}.bin" for number in range(count)]
    for key in keys:
        store.put(key, os.urandom(FILE_BYTES), ObjectTraits())
    scan_location(names["source"], catalog=bench.catalog, open_store=bench.open_store, clock=bench.clock)
    found = bench.catalog.file_ids_at(names["source"], keys)
    return [found[key] for key in keys]


def move(airflow: AirflowClient, file_id: str, events: Witness, mails: Witness) -> Timing:
    """Move one file and return how long everything took."""
    run_id = f"latency-{uuid4().hex}"
    request = {"file_ids": [file_id], "destination_location": "latency-target", "quarantine_days": 0}
    clicked_at, clicked = datetime.now(UTC), time.monotonic()
    airflow.trigger(DAG, request, run_id=run_id)
    event = events.wait(run_id, seconds=PATIENCE_SECONDS) - clicked
    mail = mails.wait(run_id, seconds=PATIENCE_SECONDS) - clicked
    airflow.wait(DAG, run_id, timeout=PATIENCE_SECONDS)
    run = airflow.run(DAG, run_id)
    return Timing(
        event=event,
        mail=mail,
        success=_seconds(clicked_at, run["end_date"]),
        tasks=_tasks(clicked_at, airflow.task_instances(DAG, run_id)),
    )


def _tasks(clicked_at: datetime, instances: Sequence[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    by_name = {one["task_id"]: one for one in instances}
    timings, ended = {}, 0.0
    for name in STEPS:
        started = _seconds(clicked_at, by_name[name]["start_date"])
        waited, ended = started - ended, _seconds(clicked_at, by_name[name]["end_date"])
        timings[name] = (waited, ended - started)
    return timings


def _seconds(since: datetime, moment: str) -> float:
    return (datetime.fromisoformat(moment) - since).total_seconds()


def judge(report: Report, timings: Sequence[Timing]) -> None:
    """Note every figure and hold the later of event and mail to the target."""
    both = [max(one.event, one.mail) for one in timings]
    for name, values in (
        ("click_to_event", [one.event for one in timings]),
        ("click_to_mail", [one.mail for one in timings]),
        ("click_to_success", [one.success for one in timings]),
    ):
        report.note(f"{name}_p50_s", _part(values, 50))
        report.note(f"{name}_p95_s", _part(values, 95))
        report.note(f"{name}_max_s", max(values))
    report.note("click_to_both_p50_s", _part(both, 50))
    report.require("click_to_both_p95_s", "<=", TARGET_SECONDS, _part(both, 95))
    waits, spans = defaultdict(list), defaultdict(list)
    for one in timings:
        for name, (waited, ran) in one.tasks.items():
            waits[name].append(waited)
            spans[name].append(ran)
    for name in STEPS:
        report.note(f"{name}_waited_p50_s", _part(waits[name], 50))
        report.note(f"{name}_ran_p50_s", _part(spans[name], 50))


def _part(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def main(
    runs: Annotated[int, typer.Option(min=2, help="How many files to move, one after the other.")] = 20,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure one migration from click to proof; exit code 1 when the target does not hold."""
    try:
        timings = measure(runs)
    except (CloudFlowError, TimeoutError) as error:
        say(str(error))
        raise typer.Exit(1) from None
    report = Report(f"One migration, {runs} times")
    judge(report, timings)
    raise typer.Exit(report.finish(as_json=as_json))


def measure(runs: int) -> list[Timing]:
    """Move *runs* files one after the other, at moments that no clock of the platform knows."""
    world = running_world()
    first, *files = prepare(world, runs + 1)
    events, mails = watch_events(settings().kafka), watch_mails(f"http://127.0.0.1:{world.ports.mail}")
    timings = []
    with AirflowClient(settings().airflow) as airflow:
        move(airflow, first, events, mails)  # not counted: the servers open their connections
        for number, file_id in enumerate(files, start=1):
            time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - people click at any moment
            timings.append(move(airflow, file_id, events, mails))
            say(f"run {number}: event {timings[-1].event:.2f} s, mail {timings[-1].mail:.2f} s")
    return timings


if __name__ == "__main__":
    typer.run(main)
