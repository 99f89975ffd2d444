"""How each kind of tool is made. A builder fills an empty folder or raises."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from cloudflow_lib.errors import CloudFlowError

Build = Callable[[Path, Path, Path], None]
"""Takes the first file of the recipe, the folder to fill, and the file that keeps what was printed."""

TOLD_LINES = 5


class BuildError(CloudFlowError):
    """A tool could not be downloaded or built."""


def build_go(package: str) -> Build:
    """Return a builder of one Go program; go.sum holds the hash of every module in it."""

    def build(recipe: Path, target: Path, log: Path) -> None:
        binary = target / package.rsplit("/", 1)[-1]
        options = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")
        _run(["go", "build", *options, "-o", str(binary), package], recipe.parent, log)

    return build


def build_jars(recipe: Path, target: Path, log: Path) -> None:
    """Copy the jars that a pom asks for."""
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={target}", "-DincludeScope=runtime")
    _run(["mvn", "-q", "-B", "-f", str(recipe), *goal], target, log)


def build_node(recipe: Path, target: Path, log: Path) -> None:
    """Install the npm packages of a lock file, hashes checked, without running their scripts."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(recipe.with_name(name), target)
    _run(["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"], target, log)


def build_python(recipe: Path, target: Path, log: Path) -> None:
    """Make an environment that may be moved, and install the locked packages into it, hashes checked."""
    uv = _uv()
    environment = target / "venv"
    _run([uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(environment)], target, log)
    arguments = ("--quiet", "--require-hashes", "--python", str(environment / "bin" / "python"))
    _run([uv, "pip", "install", *arguments, "-r", str(recipe)], target, log)


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        raise BuildError("uv is missing: run `make install`")
    return found


def _run(command: list[str], folder: Path, log: Path) -> None:
    with log.open("ab") as output:
        try:
            # Our own virtual environment must not become the target of another's tools.
            environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
            done = subprocess.run(  # noqa: S603 - fixed command lines of this module
                command, cwd=folder, env=environment, stdout=output, stderr=output, check=False
            )
        except FileNotFoundError as error:
            raise BuildError(f"{command[0]} is missing: `cloudflow doctor` says how to get it") from error
    if done.returncode:
        told = " | ".join(log.read_text(errors="replace").strip().splitlines()[-TOLD_LINES:])
        raise BuildError(f"{' '.join(command[:3])} failed, see {log}: {told}")
