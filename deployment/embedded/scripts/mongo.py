# ruff: noqa: INP001 - started by its path, not imported from a package
"""
`mongo.py PORT DATA`: make the one user at the first start, then become the server, which asks for its password.

Runs in the emulators' environment. Name and password come from MONGO_USER and MONGO_PASSWORD. With `--open` behind
them it becomes a server that serves everybody, for tests and measurements; with `--unsynced`, too, one that does not
wait for the disk.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pymongo  # noqa: TID253 - this program is a server's first half, not a DAG file
from pymongo.errors import OperationFailure, PyMongoError  # noqa: TID253 - as above

USER_EXISTS = 51003


def command(port: int, data: Path, *, is_synced: bool = True) -> list[str]:
    """
    Return the server's command line.

    Without `--sync-on-commit` a kill loses acknowledged writes. `--standalone` says that there are no others to tell
    of a change: each write is a tenth cheaper, and the answers to the last ten thousand, which a replica set keeps
    and walks through twice at each write, are not kept.
    """
    return [
        *(sys.executable, "-m", "secantus", "--host", "127.0.0.1", "--port", str(port)),
        *("--storage-path", str(data), "--standalone", "--log-level", "WARNING"),
        *(["--sync-on-commit"] if is_synced else []),
    ]


def free_port() -> int:
    """Return a port nobody uses, so that nobody finds the server while it asks for no password."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def create_user(port: int, user: str, password: str) -> None:
    """Make the user through a server without authentication; one that exists already is fine."""
    client = pymongo.MongoClient[dict[str, object]](
        f"mongodb://127.0.0.1:{port}/?directConnection=true", serverSelectionTimeoutMS=500
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            client.admin.command("createUser", user, pwd=password, roles=[{"role": "root", "db": "admin"}])
        except OperationFailure as failure:
            if failure.code != USER_EXISTS:
                raise
        except PyMongoError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
            continue
        client.close()
        return


def prepare(data: Path) -> None:
    """Start the server without authentication, make the user, stop it."""
    port = free_port()
    server = subprocess.Popen(command(port, data))  # noqa: S603 - a fixed command line
    try:
        create_user(port, os.environ["MONGO_USER"], os.environ["MONGO_PASSWORD"])
    finally:
        server.terminate()
        server.wait(timeout=30)


def main() -> None:
    """Do what the module's first line says."""
    port, data = int(sys.argv[1]), Path(sys.argv[2])
    data.mkdir(parents=True, exist_ok=True)
    if "--open" in sys.argv[3:]:
        os.execv(sys.executable, command(port, data, is_synced="--unsynced" not in sys.argv))  # noqa: S606 - a fixed command line
    ready = data.with_name(f"{data.name}.user-made")
    if not ready.exists():
        prepare(data)
        ready.touch()
    del os.environ["MONGO_PASSWORD"]
    os.execv(sys.executable, [*command(port, data), "--auth"])  # noqa: S606 - a fixed command line


if __name__ == "__main__":
    main()
