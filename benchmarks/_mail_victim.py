"""
The platform's relay and its sender of mails in one process, which dies by SIGKILL at a call drawn beforehand.

`python -m benchmarks._mail_victim JOB`, with JOB the JSON of a `Job`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog
from cloudflow_lib.adapters.mail.smtp import SmtpMailer
from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher
from cloudflow_lib.adapters.publishers.kafka_source import KafkaSource
from cloudflow_lib.domain import mailing
from cloudflow_lib.errors import UnsupportedError
from cloudflow_lib.ports.clock import system_clock
from cloudflow_lib.ports.stores import ObjectStore
from cloudflow_lib.settings import SmtpSettings
from cloudflow_lib.testing.tripwire import Wired
from cloudflow_lib.workflows import send_mail
from cloudflow_lib.workflows.consume_events import consume_forever
from cloudflow_lib.workflows.relay_events import relay_forever
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.tell_people import MailHandler

T = TypeVar("T")

STEPS = (
    "publish",
    "take",
    "mail_preferences",
    "wish_mail",
    "users_with_due_mail",
    "due_wishes",
    "letters_since",
    "write_letter",
    "claim_letter",
    "wishes_in",
    "send",
    "end_letter",
    "acknowledge",
)
"""Every call between an event and its mail."""
DOWN_STEPS = ("try_letter_later",)
"""And those that are made only while the mail server is away."""
MANY = ("claim_letter", "mail_preferences", "wishes_in", "send", "end_letter", "try_letter_later")
"""Made once for each letter, the others once for many."""
WINDOW = (("send", "after"), ("end_letter", "before"))
"""Between the mail server's word and our note of it: who dies here sends the same mail again."""
SESSION_MS = 6000


class Job(BaseModel):
    """Where the servers are, and where to die."""

    model_config = ConfigDict(frozen=True)

    mongo_url: str
    database: str
    kafka: str
    smtp_port: int
    step: str = ""
    moment: str = ""
    turn: int = 0
    """At the how-manieth call of *step*; 0 never."""
    note: Path
    """Written just before the end, so that those who look know that it was this one."""


class Trap:
    """Counts the calls through what it wraps, and kills this process at the one that was drawn."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._calls: Counter[str] = Counter()

    def wrap(self, thing: T) -> T:
        """Return *thing* with the trap across its methods."""
        return cast("T", Wired(thing, self._guard))

    def _guard(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def guarded(*args: object, **named: object) -> object:
            self._calls[name] += 1
            is_fatal = name == self._job.step and self._calls[name] == self._job.turn
            if is_fatal and self._job.moment == "before":
                self._die()
            result = call(*args, **named)
            if is_fatal:
                self._die()
            return result

        return guarded

    def _die(self) -> None:
        self._job.note.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def no_store(location_id: str) -> ObjectStore:
    """Refuse: mails need none."""
    raise UnsupportedError(location_id)


def run(job: Job) -> None:
    """Relay events and send mails until SIGTERM; claims are short, so that the survivors need not wait long."""
    send_mail.CLAIM = timedelta(seconds=4)
    mailing.FIRST_WAIT = timedelta(seconds=1)
    mailing.LONGEST_WAIT = timedelta(seconds=2)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    trap = Trap(job)
    catalog = MongoCatalog(job.mongo_url, job.database)
    publisher = KafkaPublisher(job.kafka, {})
    services = Services(
        catalog=trap.wrap(catalog),
        open_store=no_store,
        mailer=trap.wrap(SmtpMailer(SmtpSettings(port=job.smtp_port, timeout_seconds=3))),
        clock=system_clock,
        mail_domain="bench.test",
    )
    relay = threading.Thread(target=relay_forever, args=(catalog, trap.wrap(publisher), stop), daemon=True)
    relay.start()
    handler = MailHandler(services)
    # A killed member comes back under its own name: the group need not wait until it is missed.
    options = {"group.instance.id": "victim", "session.timeout.ms": str(SESSION_MS)}
    source = KafkaSource(job.kafka, options, name=handler.name, reads=handler.reads)
    consume_forever(handler, trap.wrap(source), stop)
    source.close()
    relay.join()


def main(words: Sequence[str]) -> None:
    """Run the job that *words* name."""
    run(Job.model_validate_json(words[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
