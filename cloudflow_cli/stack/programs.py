"""Programs that the machine must bring, which of them are missing, and how to get them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from cloudflow_lib.errors import CloudFlowError

Version = tuple[int, ...]
ANSWER_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Program:
    """A program, the oldest version that will do, and what needs it."""

    name: str
    ask: tuple[str, ...]
    """The arguments that make it tell its version."""
    oldest: Version
    needed_by: str
    packages: tuple[str, ...]
    """Debian's packages that bring it."""
    get_it: str
    """Where else it comes from, for people."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the machine has of one program."""

    program: Program
    version: Version | None

    @property
    def is_enough(self) -> bool:
        return self.version is not None and self.version >= self.program.oldest

    @property
    def advice(self) -> str:
        """Say in one line how to get what is missing."""
        wanted = ".".join(map(str, self.program.oldest))
        found = f"is {self.version_text}, too old" if self.version else "is missing"
        packages = " ".join(self.program.packages)
        return (
            f"{self.program.name} {found}: install version {wanted} or later "
            f"({self.program.get_it}; on Debian: apt-get install {packages})"
        )

    @property
    def version_text(self) -> str:
        return ".".join(map(str, self.version)) if self.version else ""


PROGRAMS = (
    Program("go", ("version",), (1, 21), "process-compose and the S3 server", ("golang-go",), "go.dev/dl"),
    Program("java", ("-version",), (17,), "Kafka", ("default-jre-headless",), "adoptium.net"),
    Program("mvn", ("--version",), (3, 6), "Kafka", ("maven",), "maven.apache.org"),
    Program(
        "node",
        ("--version",),
        (20, 19),
        "the dashboard, the Azure emulator, the mail catcher",
        ("nodejs",),
        "nodejs.org",
    ),
    Program("npm", ("--version",), (9,), "the dashboard, the Azure emulator, the mail catcher", ("npm",), "nodejs.org"),
)


def find_programs(programs: Iterable[Program] = PROGRAMS) -> list[Finding]:
    """Return what the machine has of each of *programs*."""
    return [Finding(program, installed_version(program)) for program in programs]


@cache
def installed_version(program: Program) -> Version | None:
    """Return the version that *program* tells, or None when it is not there."""
    path = shutil.which(program.name)
    if path is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed command of our own table
            [path, *program.ask], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_version(answer.stdout + answer.stderr)


def read_version(text: str) -> Version | None:
    """Return the first thing in *text* that looks like a version; colours do not count."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    found = re.search(r"(?<![\w.])(?:v|go)?(\d+(?:\.\d+){0,2})", plain)
    return tuple(int(part) for part in found.group(1).split(".")) if found else None


def can_install(environ_path: str | None = None) -> bool:
    """Say whether missing programs can be installed by us: root on a Debian."""
    return os.geteuid() == 0 and shutil.which("apt-get", path=environ_path) is not None


def install(missing: Iterable[Finding]) -> None:
    """Install the packages of *missing* with apt, or raise a CloudFlowError that says what to do."""
    lacking = list(missing)
    if not lacking:
        return
    if not can_install():
        raise CloudFlowError("; ".join(finding.advice for finding in lacking))
    packages = sorted({name for finding in lacking for name in finding.program.packages})
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", *packages)):
        answer = subprocess.run(  # noqa: S603 - fixed arguments, package names of our own table
            ["apt-get", *arguments],  # noqa: S607 - apt-get's place is the system's business
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            last = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise CloudFlowError(f"apt-get could not install {' '.join(packages)}: {last}")
    installed_version.cache_clear()
    still = [finding for finding in find_programs(f.program for f in lacking) if not finding.is_enough]
    if still:
        raise CloudFlowError("; ".join(finding.advice for finding in still))
