"""One whole embedded stack for the tests, driven the way people drive it: through the command line."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
import psutil
import pytest

from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.stack.generated import Secrets
from cloudflow_cli.stack.layout import Layout
from cloudflow_cli.stack.ports import Ports, is_taken, recall_ports
from cloudflow_cli.stack.supervisor import MARK, Supervisor
from cloudflow_lib.bootstrap import build_services
from cloudflow_lib.settings import AirflowSettings, Settings

ROOT = Path(__file__).parents[2]
CLOUDFLOW = Path(sys.executable).with_name("cloudflow")
HIGHEST_PORT = 32767
"""Above it, outgoing connections may hold a port at any moment."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A running stack and what opens it."""

    home: Path

    @cached_property
    def layout(self):
        return Layout(root=ROOT, home=self.home)

    @cached_property
    def ports(self):
        return recall_ports(self.layout.ports_file)

    @cached_property
    def secrets(self):
        return Secrets.read(self.layout.secrets_file)

    @cached_property
    def settings(self):
        with pytest.MonkeyPatch.context() as patch:
            for name in own_variables():
                patch.delenv(name)
            patch.setenv("CLOUDFLOW_CONFIG", str(self.layout.settings_file))
            return Settings()

    @cached_property
    def services(self):
        return build_services(self.settings)

    @property
    def airflow_url(self):
        return self.settings.airflow.url

    def airflow(self, user="admin", password=None):
        """Return Airflow's API for *user*; entering it signs in."""
        secret = password or self.secrets.airflow_users[user]
        return AirflowClient(AirflowSettings(url=self.airflow_url, user=user, password=secret))

    def add_user(self, name):
        """Make an account of the people whose files we keep, as an administrator does, and return its password."""
        password = secrets.token_urlsafe(12)
        account = {"username": name, "first_name": name, "last_name": "Tester", "email": f"{name}@cloudflow.example"}
        account |= {"password": password, "roles": [{"name": "CloudFlowUser"}]}
        with httpx.Client(base_url=self.airflow_url, timeout=60) as client:
            who = {"username": "admin", "password": self.secrets.airflow_users["admin"]}
            token = client.post("/auth/token", json=who).raise_for_status().json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            client.post("/auth/fab/v1/users", json=account).raise_for_status()
        return password

    def cli(self, *words, is_checked=True, **environment):
        """Run `cloudflow` as a process of its own and return what it said."""
        answer = run_cli(*words, CLOUDFLOW_HOME=str(self.home), **environment)
        if is_checked:
            assert answer.returncode == 0, f"cloudflow {' '.join(words)}: {answer.stderr or answer.stdout}"
        return answer

    def process(self, name):
        """Return a process of the stack as its supervisor sees it now."""
        return next(one for one in Supervisor(self.layout).processes() if one.name == name)

    def program(self, name):
        """Return the program that runs as the process *name*."""
        return psutil.Process(self.process(name).pid).exe()

    def own_processes(self):
        """Return every process of this stack: those that carry its mark or name its folder, and their children."""
        found = {}
        for process in psutil.process_iter():
            if belongs_to(process, str(self.home)):
                found |= {one.pid: one for one in [process, *children_of(process)]}
        return list(found.values())


def belongs_to(process, home):
    """Airflow's processes overwrite their environment with their title, so each sign counts alone."""
    try:
        return process.environ().get(MARK) == home or any(home in word for word in process.cmdline())
    except (psutil.Error, OSError):
        return False


def children_of(process):
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def run_cli(*words, **environment):
    """Run `cloudflow` with nothing but *environment* of our own variables."""
    return subprocess.run(
        [str(CLOUDFLOW), *words],
        env={**OTHERS, **environment},
        cwd=ROOT / "tests",  # where no settings file lies
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=840,
        check=False,
    )


def own_variables():
    return [name for name in os.environ if name.startswith("CLOUDFLOW_")]


OTHERS = {name: value for name, value in os.environ.items() if name not in own_variables()}
OTHERS |= {"COLUMNS": "200", "NO_COLOR": "1"}
"""Taken once: pytest notes each test in the environment, while threads may be reading it."""


@contextmanager
def running_stack(home: Path) -> Iterator[Stack]:
    """Start a stack in *home*, and leave no process of it behind."""
    stack = Stack(home=home)
    try:
        stack.cli("up", "--port-offset", str(free_offset()))
        yield stack
    finally:
        seen = stack.own_processes()
        stack.cli("down")
    _, left = psutil.wait_procs(seen, timeout=3)
    if left := left + stack.own_processes():
        raise AssertionError(f"left behind by `cloudflow down`: {left}")


def free_offset():
    """Return a number that shifts every port of a stack to a free one, away from where a demonstration runs."""
    usual = Ports().model_dump().values()
    for offset in range(1200, HIGHEST_PORT - max(usual), 100):
        shifted = [port + offset for port in usual]
        if not set(shifted) & set(usual) and not any(is_taken(port) for port in shifted):
            return offset
    raise RuntimeError("no offset leaves all ports free: stop other stacks with `cloudflow down`")
