"""
A large object whose mover is killed at half of it: what is sent again.

    python -m benchmarks.resume [--size-mib 2048] [--json]

Between two S3 servers, first our engine with its ledger in the catalogue, then rclone, each killed with
SIGKILL when half of the object has reached the destination, and started again with the same command. A
relay before the destination counts what really arrives there; both copies are compared with the source
byte for byte on the servers' disks.
"""

from __future__ import annotations

import filecmp
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks._moving import ACCOUNT, BUCKET, Platform, running_platform
from benchmarks._rclone import environment, rclone, s3_remote
from benchmarks._report import Report, say

MIB = 1024 * 1024
PART_MIB = 16
STREAMS = 4
HEADERS_MIB = 1
"""For requests without a body and the headers of the others."""
KEY = "archive/large.bin"
LOOK_EVERY_SECONDS = 0.002
PATIENCE_SECONDS = 1800

Start = Callable[[], "subprocess.Popen[bytes]"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one tool sent and left."""

    killed_at_mib: float
    """What had reached the destination when the tool was dead."""
    then_sent_mib: float
    seconds: float
    """How long the second run took."""
    is_same: bool
    """Whether the destination holds the bytes of the source."""
    left_uploads: int

    def sent_again_mib(self, size_mib: int) -> float:
        """Return what was sent more than once, headers included."""
        return self.killed_at_mib + self.then_sent_mib - size_mib


def killed_and_resumed(platform: Platform, size_mib: int, start: Start) -> Outcome:
    """Start a tool, kill it at half of the object, start it again, and look what came of it."""
    relay = platform.relay
    before = relay.received_bytes
    first = start()
    while relay.received_bytes - before < size_mib * MIB // 2 and first.poll() is None:
        time.sleep(LOOK_EVERY_SECONDS)
    first.kill()
    if first.wait() == 0:
        raise RuntimeError("the tool had ended before it was killed: take a larger object")
    killed_at = relay.received_bytes
    began = time.monotonic()
    if code := start().wait(PATIENCE_SECONDS):
        raise RuntimeError(f"the second run failed with exit code {code}")
    seconds = time.monotonic() - began
    source, target = platform.stored("source", KEY), platform.stored("target", KEY)
    return Outcome(
        killed_at_mib=(killed_at - before) / MIB,
        then_sent_mib=(relay.received_bytes - killed_at) / MIB,
        seconds=seconds,
        is_same=filecmp.cmp(source, target, shallow=False),
        left_uploads=platform.open_uploads(),
    )


def with_engine(platform: Platform, size_mib: int) -> Outcome:
    """Move the object by our own workers."""
    move = platform.open_move(KEY)
    return killed_and_resumed(platform, size_mib, lambda: platform.start_worker(move.migration_id))


def with_rclone(platform: Platform, size_mib: int) -> Outcome:
    """Copy the object by rclone, with parts and streams as ours."""
    program = rclone()
    variables = environment(
        s3_remote("source", platform.source_url, ACCOUNT, platform.secret),
        s3_remote("target", platform.relay.url, ACCOUNT, platform.secret),
    )
    options = ("--s3-chunk-size", f"{PART_MIB}Mi", "--s3-upload-concurrency", str(STREAMS), "--log-level", "ERROR")
    words = [str(program), "copyto", f"source:{BUCKET}/{KEY}", f"target:{BUCKET}/{KEY}", *options]
    return killed_and_resumed(platform, size_mib, lambda: subprocess.Popen(words, env=variables))


def judge(report: Report, size_mib: int, ours: Outcome, peer: Outcome) -> None:
    """Note both, and hold ours to one part per stream."""
    for name, one in (("engine", ours), ("rclone", peer)):
        report.note(f"{name}_killed_at_mib", one.killed_at_mib)
        report.note(f"{name}_then_sent_mib", one.then_sent_mib)
        report.note(f"{name}_second_run_s", one.seconds)
    report.require("engine_sent_again_mib", "<=", STREAMS * PART_MIB + HEADERS_MIB, ours.sent_again_mib(size_mib))
    report.note("rclone_sent_again_mib", peer.sent_again_mib(size_mib))
    report.require("engine_same_bytes", "==", 1, float(ours.is_same))
    report.note("rclone_same_bytes", float(peer.is_same))
    report.require("engine_left_uploads", "==", 0, ours.left_uploads)
    report.note("rclone_left_uploads", peer.left_uploads)


def main(
    size_mib: Annotated[int, typer.Option(min=128, help="How large the object is.")] = 2048,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Kill a large move at half of it and measure what is sent again; exit code 1 when a target does not hold."""
    with (
        tempfile.TemporaryDirectory(prefix="cloudflow-resume-") as folder,
        running_platform(Path(folder), part_bytes=PART_MIB * MIB, streams=STREAMS) as platform,
    ):
        say(f"writing {size_mib:,} MiB")
        platform.put_object(KEY, size_mib * MIB)
        say("the engine, killed at half")
        ours = with_engine(platform, size_mib)
        platform.clear_target(KEY)
        say("rclone, killed at half")
        peer = with_rclone(platform, size_mib)
    report = Report(f"{size_mib:,} MiB in parts of {PART_MIB} MiB and {STREAMS} streams, killed at half")
    judge(report, size_mib, ours, peer)
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
