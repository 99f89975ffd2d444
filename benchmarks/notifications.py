"""
Mails while everything on their way is killed: `python -m benchmarks.notifications --runs 1000`.

Each run of moves asks for one mail. Meanwhile the sender is killed before and after every call between
the event and the mail, and the mail server and Kafka are killed and started again. Judged by what the
mail server has on its disk: every Message-ID that was asked for is there, and no other.

Two kills leave a mail twice under the same Message-ID, and nobody can close that window: the sender's
between the server's "accepted" and its own note of it, and the server's before it could say so. Who
receives mails knows the second by that id; these are counted apart.
"""

from __future__ import annotations

import multiprocessing
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from benchmarks._catcher import ids_caught
from benchmarks._mail_outages import MailServer, Outages
from benchmarks._mail_victim import DOWN_STEPS, MANY, STEPS, WINDOW, Job, run
from benchmarks._report import Report, say
from benchmarks._servers import running_mongo
from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog
from cloudflow_lib.domain.events import MailRequested, MailWishData
from cloudflow_lib.domain.notifications import Level, NotificationKind

MOMENTS = ("before", "after")
PEOPLE_SHARE = 10
"""One person for so many runs: fewer than make a digest."""
TURNS = 25
"""A sender dies at one of so many letters."""
LIVES_SECONDS = 12.0
"""How long a sender may live whose fatal call does not come, as in an outage of Kafka."""
ENDS_SECONDS = 15.0
TRIES = 12
"""So many lives until it is said that a call cannot be reached."""
ROUNDS = 6
"""So often the sender dies at every call, at the most: each life begins with a fresh share of the requests."""
LEAST_OUTAGES = 3
"""Of Kafka, before there is peace."""
QUIET_SECONDS = 60.0


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


def live_and_die(job: Job) -> bool:
    """Run a sender until it was killed at its fatal call; False if that call did not come in time."""
    job.note.unlink(missing_ok=True)
    process = multiprocessing.get_context("forkserver").Process(target=run, args=(job,))
    process.start()
    process.join(LIVES_SECONDS)
    if process.is_alive():  # it ends by itself, so that no kill goes uncounted
        process.terminate()
        process.join(ENDS_SECONDS)
    process.kill()
    process.join()
    return job.note.exists()


@dataclass(kw_only=True)
class Killing:
    """The senders that die one after the other, and what they have to send."""

    base: Job
    catalog: MongoCatalog
    mail: MailServer
    requests: Iterator[MailRequested]
    share: int
    chance: random.Random
    died: Counter[tuple[str, str]] = field(default_factory=Counter)
    lives: int = 0
    asked: int = 0

    def ask(self, most: int | None) -> None:
        """Let that many runs end, each of which asks for a mail; None means all that are left."""
        some = list(islice(self.requests, most))
        for request in some:
            self.catalog.close_batch(request.subject, [request])
        self.asked += len(some)

    def round(self, deaths: Sequence[tuple[str, str]]) -> None:
        """Let senders die at every call once, in an order of its own."""
        for step, moment in self.chance.sample(deaths, len(deaths)):
            self.kill_at(step, moment)

    def kill_at(self, step: str, moment: str) -> None:
        """Let senders live until one died there."""
        for number in range(TRIES):
            self.ask(self.share)
            waiting = max(self.asked - len(ids_caught(self.mail.folder)), 1)
            turn = self.chance.randint(1, min(TURNS, waiting)) if step in MANY and number == 0 else 1
            self.lives += 1
            with self.mail.away() if step in DOWN_STEPS else nullcontext():
                job = self.base.model_copy(update={"step": step, "moment": moment, "turn": turn})
                if live_and_die(job):
                    self.died[step, moment] += 1
                    return


def measure(report: Report, runs: int, seed: int, folder: Path) -> None:
    """Send the mails of *runs* runs while everything dies, and count what arrived."""
    chance, requests = random.Random(seed), requests_of(runs)  # noqa: S311 - not a secret
    multiprocessing.get_context("forkserver").set_forkserver_preload(["benchmarks._mail_victim"])
    deaths = [(step, moment) for step in (*STEPS, *DOWN_STEPS) for moment in MOMENTS]
    mail = MailServer(folder / "mails")
    try:
        with running_mongo(folder) as mongo_url, Outages(folder, mail, chance) as outages:
            base = Job(mongo_url=mongo_url, database=f"b{uuid4().hex}", kafka=f"127.0.0.1:{outages.kafka_port}",
                       smtp_port=mail.port, note=folder / "died")  # fmt: skip
            catalog = MongoCatalog(base.mongo_url, base.database)
            catalog.prepare()
            share = max(runs // (ROUNDS * len(deaths)), 1)
            killing = Killing(base=base, catalog=catalog, mail=mail, requests=iter(requests), share=share,
                              chance=random.Random(seed + 1))  # fmt: skip  # noqa: S311 - not a secret
            for number in range(1, ROUNDS + 1):
                killing.round(deaths)
                came = len(ids_caught(mail.folder))
                say(f"round {number}: the sender died {killing.died.total():,} times, {came:,} mails came")
                if killing.asked >= runs and outages.kafka_kills >= LEAST_OUTAGES:
                    break
            killing.ask(None)
            outages.end()
            carry_on(base, mail.folder, runs)
            judge(report, requests, killing, (len(deaths), outages.kafka_kills))
            catalog.close()
    finally:
        mail.stop()


def carry_on(base: Job, folder: Path, runs: int) -> None:
    """Run a sender that nobody kills until it has sent what is left."""
    last = subprocess.Popen([sys.executable, "-m", "benchmarks._mail_victim", base.model_dump_json()])
    try:
        wait_for(folder, runs)
    finally:
        last.terminate()
        try:
            last.wait(30)
        except subprocess.TimeoutExpired:
            last.kill()
            last.wait()


def wait_for(folder: Path, count: int) -> None:
    """Return when *count* mails were caught, or nothing came for long."""
    known, since = -1, time.monotonic()
    while known < count and time.monotonic() - since < QUIET_SECONDS:
        if (now := len(ids_caught(folder))) > known:
            known, since = now, time.monotonic()
        time.sleep(0.5)
    time.sleep(6.0)  # whoever would send one again has the time to


def judge(report: Report, requests: Sequence[MailRequested], killing: Killing, wanted: tuple[int, int]) -> None:
    """Compare what was asked for with what lies on the mail server's disk."""
    deaths, kafka_kills = wanted
    mail, in_window = killing.mail, sum(killing.died[one] for one in WINDOW)
    expected = {f"<{request.id}@bench.test>" for request in requests}
    caught = ids_caught(mail.folder)
    report.require("notifications", "==", len(requests), len(expected))
    report.require("mails that never came", "==", 0, len(expected - caught.keys()))
    report.require("mails that nobody asked for", "==", 0, len(caught.keys() - expected))
    report.require("events that were left behind", "==", 0, killing.catalog.outbox_size())
    report.require("places at which the sender was killed, of all", "==", deaths, len(killing.died))
    report.note("senders started", killing.lives)
    report.note("senders killed, times", killing.died.total())
    report.require("mail server killed and started again, times", ">=", LEAST_OUTAGES, mail.kills)
    report.require("Kafka killed and started again, times", ">=", LEAST_OUTAGES, kafka_kills)
    report.note("kills between 'accepted' and the note of it, at most", in_window + mail.kills)
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
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cloudflow-mail-") as folder:
        measure(report, runs, seed, Path(folder))
    report.note("seconds", time.monotonic() - began)
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
