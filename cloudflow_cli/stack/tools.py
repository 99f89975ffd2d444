"""
The servers' programs: downloaded or built once, kept in the user's cache.

A tool's folder carries a hash of its recipe, so a changed recipe is built beside the old one. It is
made under another name and renamed when complete: a folder that exists is usable.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloudflow_cli.stack.builders import Build, build_go, build_jars, build_node, build_python

HASH_DIGITS = 12
AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing to build: the files of its recipe and how to follow it."""

    name: str
    recipe: tuple[str, ...]
    """Files below `deployment/embedded`; their content decides whether a built tool is current."""
    build: Build
    needs: tuple[str, ...]
    """Programs the machine must have for building."""


TOOLS = (
    Tool(
        "versitygw",
        ("tools/versitygw/go.mod", "tools/versitygw/go.sum"),
        build_go("github.com/versity/versitygw/cmd/versitygw"),
        ("go",),
    ),
    Tool(
        "process-compose",
        ("tools/process-compose/go.mod", "tools/process-compose/go.sum"),
        build_go("github.com/f1bonacc1/process-compose"),
        ("go",),
    ),
    Tool("emulators", ("requirements.txt",), build_python, ()),
    Tool("node", ("tools/node/package.json", "tools/node/package-lock.json"), build_node, ("node", "npm")),
    Tool("kafka", ("tools/kafka/pom.xml",), build_jars, ("java", "mvn")),
)
"""The slowest first, so that it is not the one everybody waits for."""


def cache_folder() -> Path:
    """Return where built tools are kept."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "cloudflow" / "tools"


def tool_folder(tool: Tool, deployment: Path, cache: Path | None = None) -> Path:
    """Return the folder of *tool* as its recipe stands now; it exists when the tool is built."""
    digest = hashlib.sha256()
    for name in tool.recipe:
        digest.update((deployment / name).read_bytes())
    if tool.build is build_python:
        digest.update(f"{sysconfig.get_platform()} {sys.version_info[:2]}".encode())
    return (cache or cache_folder()) / f"{tool.name}-{digest.hexdigest()[:HASH_DIGITS]}"


def missing_tools(deployment: Path) -> list[Tool]:
    """Return the tools that are not built yet."""
    return [tool for tool in TOOLS if not tool_folder(tool, deployment).is_dir()]


def find_tools(deployment: Path) -> dict[str, Path]:
    """Return the folder of each tool by name, built or not."""
    return {tool.name: tool_folder(tool, deployment) for tool in TOOLS}


def ensure_tools(deployment: Path, report: Callable[[str, str], None] = lambda _name, _word: None) -> dict[str, Path]:
    """
    Build what is missing, several at a time, and return the folder of each tool by name.

    *report* hears `building` and `ready` with the tool's name. Two callers never build the same tool.
    """
    with ThreadPoolExecutor(AT_ONCE) as workers:
        jobs = [workers.submit(_ensure, tool, deployment, report) for tool in missing_tools(deployment)]
        for job in as_completed(jobs):
            job.result()
    return find_tools(deployment)


def _ensure(tool: Tool, deployment: Path, report: Callable[[str, str], None]) -> None:
    folder = tool_folder(tool, deployment)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_name(f".{folder.name}.lock")):
        if folder.is_dir():
            return
        report(tool.name, "building")
        draft = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        tool.build(deployment / tool.recipe[0], draft, folder.with_name(f"{folder.name}.log"))
        draft.rename(folder)
        report(tool.name, "ready")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
