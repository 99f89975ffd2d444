"""The mail server and the broker of `benchmarks.notifications`, each killed now and then while mails go out."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from benchmarks._report import say
from benchmarks._servers import free_port, killed_kafka

QUIET_SECONDS = (4.0, 9.0)
"""How long all is well between two outages."""
OUTAGE_SECONDS = (1.0, 5.0)
START_SECONDS = 30.0


class MailServer:
    """The catcher, killed and started again over the same folder."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.kills = 0
        self._turn = threading.Lock()
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "benchmarks._catcher", str(self.port), str(self.folder)]
        process, until = subprocess.Popen(words), time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return process
            time.sleep(0.05)
        raise RuntimeError(f"the mail server does not start at {self.port}")

    @contextmanager
    def away(self) -> Iterator[None]:
        """Kill it, and start it again behind the block; whoever else wants it away waits until it is back."""
        with self._turn:
            self.stop()
            self.kills += 1
            try:
                yield
            finally:
                self._process = self._started()

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


class Outages:
    """Keeps Kafka up, but for the times when it or the mail server is killed."""

    def __init__(self, folder: Path, mail: MailServer, chance: random.Random) -> None:
        self.kafka_port, self.kafka_kills = free_port(), 0
        self._folder, self._mail, self._chance = folder, mail, chance
        self._calm, self._over, self._up = threading.Event(), threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._keep)

    def __enter__(self) -> Self:
        """Start Kafka, and the outages."""
        self._thread.start()
        if not self._up.wait(4 * START_SECONDS):
            self.__exit__()
            raise RuntimeError(f"Kafka does not start: {self._error}")
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self._calm.set()
        self._over.set()
        self._thread.join()

    def end(self) -> None:
        """Let everything be well from now on, and come back once it is."""
        self._calm.set()
        if self._error is not None or not self._up.wait(4 * START_SECONDS):
            raise RuntimeError(f"Kafka did not come back: {self._error}")

    def _keep(self) -> None:
        try:
            while not self._over.is_set():
                self._one_life_of_kafka()
        except BaseException as error:  # noqa: BLE001 - told by whoever waits for Kafka
            self._error = error

    def _one_life_of_kafka(self) -> None:
        with killed_kafka(self._folder, self.kafka_port):
            self._up.set()
            if not self._calm.wait(self._chance.uniform(*QUIET_SECONDS)):
                say("the mail server is killed")
                with self._mail.away():
                    time.sleep(self._chance.uniform(*OUTAGE_SECONDS))
            if self._calm.wait(self._chance.uniform(*QUIET_SECONDS)):
                self._over.wait()
                return
            say("Kafka is killed")
            self.kafka_kills += 1
            self._up.clear()
        time.sleep(self._chance.uniform(*OUTAGE_SECONDS))
