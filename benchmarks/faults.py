"""
Break everything, recover, and let an oracle outside of the engine judge: a thousand runs drawn from one seed.

    python -m benchmarks.faults [--runs 1000] [--seed 1] [--memory-share 0.4] [--json]
    python -m benchmarks.faults --seed 1 --only 17

Each run moves one to three files between S3 (versitygw), Azure (azurite) and Google (fake-gcs-server), or
between two places in memory, with one to three kinds of faults; the table says how many runs were which.
Waits between retries are left out, everything else is the platform as it is. `--only` plays one run again
and prints what happened in it. The same seed draws the same runs; how threads and processes interleave is
the machine's.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks._report import Report, say

if TYPE_CHECKING:
    from benchmarks._faults_run import Outcome

TOLD_EVERY = 100


def measure(runs: int, seed: int, only: int | None, memory_share: float, workers: int) -> tuple[Report, bool]:
    """Play the runs and return the report, and whether one was only replayed."""
    from benchmarks._faults_ground import Plan, play_all, running_servers

    numbers = tuple(range(runs)) if only is None else (only,)
    plan = Plan(seed=seed, numbers=numbers, memory_share=memory_share)
    outcomes = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cloudflow-faults-") as folder, running_servers(Path(folder)) as where:
        for outcome in play_all(plan, where, workers if only is None else 1):
            outcomes.append(outcome)
            for finding in outcome.findings:
                say(f"--seed {seed} --only {outcome.case.number}: {finding.verdict}: {finding.words}")
            if len(outcomes) % TOLD_EVERY == 0:
                say(f"{len(outcomes)} of {len(numbers)} runs, {time.monotonic() - began:.0f} s")
            if only is not None or outcome.findings:
                say(f"  {outcome.case.told()}")
                for line in outcome.trace:
                    if only is not None or not line.startswith(("wire:", "swept:")):
                        say(f"  {line}")
    return summed_up(outcomes, seed, time.monotonic() - began), only is not None


def summed_up(outcomes: Sequence[Outcome], seed: int, seconds: float) -> Report:
    """Return the table of all runs."""
    from benchmarks._faults_case import Kind
    from benchmarks._faults_run import LIMITS
    from benchmarks._oracle import Verdict

    report = Report(f"{len(outcomes)} runs of seed {seed}")
    report.note("runs", len(outcomes))
    report.note("runs on real servers", sum(outcome.case.is_remote for outcome in outcomes))
    report.note("runs in memory", sum(not outcome.case.is_remote for outcome in outcomes))
    came = Counter(kind for outcome in outcomes for kind in outcome.came)
    for kind in Kind:
        report.note(f"fault: {kind}", came[kind])
    for route, count in sorted(Counter(outcome.case.route for outcome in outcomes).items()):
        report.note(f"route: {route}", count)
    states = Counter(state for outcome in outcomes for state in outcome.states)
    for state, count in sorted(states.items()):
        report.note(f"migrations {state}", count)
    report.note("bytes sent", sum(outcome.sent_bytes for outcome in outcomes))
    report.note("runs with a process kill alone", sum(outcome.weighed for outcome in outcomes))
    report.note("bytes sent again after kills", sum(outcome.again_bytes for outcome in outcomes))
    known = Counter(limit for outcome in outcomes for limit in outcome.known)
    for limit in LIMITS:
        report.note(limit, known[limit])
    report.note("longest run, seconds", max((outcome.seconds for outcome in outcomes), default=0.0))
    report.note("seconds", seconds)
    wrong = Counter(finding.verdict for outcome in outcomes for finding in outcome.findings)
    for verdict in Verdict:
        report.require(verdict, "==", 0, wrong[verdict])
    return report


def main(
    runs: Annotated[int, typer.Option(min=1, help="How many runs.")] = 1000,
    seed: Annotated[int, typer.Option(help="Another seed draws other runs.")] = 1,
    only: Annotated[int | None, typer.Option(help="Play this run alone, and print what happens in it.")] = None,
    memory_share: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of runs in memory.")] = 0.4,
    workers: Annotated[int, typer.Option(min=1, help="How many runs at the same time.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,  # noqa: FBT002 - a switch
) -> None:
    """Break everything, recover, and judge."""
    report, _ = measure(runs, seed, only, memory_share, workers)
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
