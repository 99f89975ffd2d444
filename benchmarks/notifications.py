"""
Mails while everything on their way is killed: `python -m benchmarks.notifications --runs 1000`.

Each run of moves asks for one mail. Meanwhile the sender is killed before and after every call between
the event and the mail, and the mail server and Kafka are killed and started again. Judged by what the
mail server has on its disk: every Message-ID that was asked for is there, and no other.

Two kills leave a mail twice under the same Message-ID, and nobody can close that window: the sender's
between the server's "accepted" and its own note of it, and the server's before it could say so.
"""

from __future__ import annotations

import multiprocessing
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from benchmarks._catcher import ids_caught
from benchmarks._mail_victim import STEPS, WINDOW, Job, run
from benchmarks._report import Report, say
from benchmarks._servers import free_port, killed_kafka, running_kafka, running_mongo
from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog
from cloudflow_lib.domain.events import MailRequested, MailWishData
from cloudflow_lib.domain.notifications import Level, NotificationKind

MOMENTS = ("before", "after")
PEOPLE_SHARE = 10
"""One person for so many runs: fewer than make a digest."""
TURNS = 5
LIVES_SECONDS = 15.0
"""How long a sender may live whose fatal call does not come."""
QUIET_SECONDS = 60.0
OUTAGES = 2
OUTAGE_SECONDS = (1.0, 6.0)


def requests_of(runs: int) -> list[MailRequested]:
    """Return what the reports of *runs* runs ask for."""
    return [
        MailRequested(
            subject=f"run-{number}",
            user=f"user-{number % max(runs // PEOPLE_SHARE, 1)}",
            data=MailWishData(
                kind=NotificationKind.MIGRATION,
                level=Level.SUCCESS,
                title=f"run {number}: 12 files migrated",
                lines=("12 done, 0 failed",),
                path=f"migrations?batch=run-{number}",
            ),
        )
        for number in range(runs)
    ]


class MailServer:
    """The catcher, killed and started again over the same folder."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.kills = 0
        self._start()

    def _start(self) -> None:
        words = [sys.executable, "-m", "benchmarks._catcher", str(self.port), str(self.folder)]
        self._process = subprocess.Popen(words)

    def out_for(self, seconds: float) -> None:
        """Kill it, wait, and start it again."""
        self._process.kill()
        self._process.wait()
        self.kills += 1
        time.sleep(seconds)
        self._start()

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def live_and_die(job: Job) -> bool:
    """Run a sender until it was killed at its fatal call; False if that call did not come in time."""
    job.note.unlink(missing_ok=True)
    process = multiprocessing.get_context("forkserver").Process(target=run, args=(job,))
    process.start()
    process.join(LIVES_SECONDS)
    process.kill()
    process.join()
    return job.note.exists()


def shares(requests: Sequence[MailRequested], count: int) -> Iterator[Sequence[MailRequested]]:
    """Cut *requests* into *count* parts."""
    for number in range(count):
        yield requests[number::count]


def kill_at(step: str, moment: str, base: Job, chance: random.Random) -> bool:
    """Let a sender die there; one that does not get there in time, as in an outage, has another try."""
    turn = chance.randint(1, TURNS) if step in ("claim_letter", "wishes_in", "send", "end_letter") else 1
    for number in (turn, 1, 1):
        if live_and_die(base.model_copy(update={"step": step, "moment": moment, "turn": number})):
            return True
    return False


def outages(
    kafka_folder: Path, kafka_port: int, mail: MailServer, chance: random.Random, stop: threading.Event
) -> None:
    """Hold Kafka up, killing it and the mail server now and then, until *stop* is set."""
    for number in range(OUTAGES + 1):
        with running_kafka(kafka_folder, kafka_port) if number == OUTAGES else killed_kafka(kafka_folder, kafka_port):
            if number == OUTAGES:
                stop.wait()
                return
            stop.wait(chance.uniform(12, 20))
            say(f"the mail server is killed ({number + 1} of {OUTAGES})")
            mail.out_for(chance.uniform(*OUTAGE_SECONDS))
            stop.wait(chance.uniform(5, 10))
            say(f"Kafka is killed ({number + 1} of {OUTAGES})")
        time.sleep(chance.uniform(*OUTAGE_SECONDS))


def measure(report: Report, runs: int, seed: int, folder: Path) -> None:
    """Send the mails of *runs* runs while everything dies, and count what arrived."""
    chance, requests, port = random.Random(seed), requests_of(runs), free_port()  # noqa: S311 - not a secret
    mail, stop = MailServer(folder / "mails"), threading.Event()
    kafka = threading.Thread(target=outages, args=(folder, port, mail, chance, stop))
    multiprocessing.get_context("forkserver").set_forkserver_preload(["benchmarks._mail_victim"])
    deaths = [(step, moment) for step in STEPS for moment in MOMENTS]
    chance.shuffle(deaths)
    in_window = died = 0
    try:
        with running_mongo(folder) as mongo_url:
            kafka.start()
            base = Job(mongo_url=mongo_url, database=f"b{uuid4().hex}", kafka=f"127.0.0.1:{port}",
                       smtp_port=mail.port, note=folder / "died")  # fmt: skip
            catalog = MongoCatalog(base.mongo_url, base.database)
            catalog.prepare()
            for (step, moment), some in zip(deaths, shares(requests, len(deaths)), strict=True):
                for request in some:
                    catalog.close_batch(request.subject, [request])
                did = kill_at(step, moment, base, chance)
                died, in_window = died + did, in_window + (did and (step, moment) in WINDOW)
                what = "killed" if did else "not reached"
                say(f"{what}: {moment} {step}; {len(ids_caught(mail.folder)):,} mails came")
            last = subprocess.Popen([sys.executable, "-m", "benchmarks._mail_victim", base.model_dump_json()])
            wait_for(mail.folder, runs)
            last.terminate()
            last.wait(30)
            judge(report, requests, mail, kills=(died, len(deaths), in_window))
            catalog.close()
    finally:
        stop.set()
        kafka.join()
        mail.stop()


def wait_for(folder: Path, count: int) -> None:
    """Return when *count* mails were caught, or nothing came for long."""
    known, since = -1, time.monotonic()
    while known < count and time.monotonic() - since < QUIET_SECONDS:
        if (now := len(ids_caught(folder))) > known:
            known, since = now, time.monotonic()
        time.sleep(0.5)
    time.sleep(6.0)  # whoever would send one again has the time to


def judge(report: Report, requests: Sequence[MailRequested], mail: MailServer, kills: tuple[int, int, int]) -> None:
    """Compare what was asked for with what lies on the mail server's disk."""
    died, wanted, in_window = kills
    expected = {f"<{request.id}@bench.test>" for request in requests}
    caught = ids_caught(mail.folder)
    report.require("notifications", "==", len(requests), len(expected))
    report.require("mails that never came", "==", 0, len(expected - caught.keys()))
    report.require("mails that nobody asked for", "==", 0, len(caught.keys() - expected))
    report.note("sender killed, times", died)
    report.require("calls at which it was killed, of all", "==", wanted, died)
    report.note("mail server killed, times", mail.kills)
    report.note("kills between 'accepted' and the note of it", in_window + mail.kills)
    twice = sum(count - 1 for count in caught.values())
    report.note("mails that came again under their id", twice)
    report.require("of them, beyond one per such kill", "==", 0, max(twice - in_window - mail.kills, 0))


def main(
    runs: Annotated[int, typer.Option(min=10, help="How many notifications.")] = 1000,
    seed: Annotated[int, typer.Option(help="Draws where and when things die.")] = 7,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Kill everything on the way of mails and count them; exit code 1 when a target does not hold."""
    report = Report(f"{runs:,} notifications by mail while everything dies")
    with tempfile.TemporaryDirectory(prefix="cloudflow-mail-") as folder:
        measure(report, runs, seed, Path(folder))
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
