"""Servers of the embedded stack, one at a time: for measuring, and for tests that need the real thing."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template

from cloudflow_cli.stack.tools import ensure_tools

DEPLOYMENT = Path(__file__).parent.parent / "deployment" / "embedded"
START_SECONDS = 60.0
STOP_SECONDS = 20.0


@contextmanager
def running_mongo(folder: Path, port: int | None = None, *, outlives_power: bool = True) -> Iterator[str]:
    """
    Run the MongoDB-compatible server over *folder* as the stack does, and yield its address.

    Without *outlives_power* it does not wait for the disk at each write: for what never looks at the folder again.
    """
    port = port or free_port()
    python = ensure_tools(DEPLOYMENT)["emulators"] / "venv" / "bin" / "python"
    script = DEPLOYMENT / "scripts" / "mongo.py"
    options = ["--open"] if outlives_power else ["--open", "--unsynced"]
    words = [str(word) for word in (python, script, port, folder / "mongo", *options)]
    with _running(words, port, folder / "mongo.log"):
        yield f"mongodb://127.0.0.1:{port}/?directConnection=true"


@contextmanager
def running_kafka(folder: Path, port: int | None = None) -> Iterator[str]:
    """Run Kafka over *folder* with the platform's topics, and yield its address."""
    with _kafka(folder, port or free_port()) as (servers, _):
        yield servers


@contextmanager
def killed_kafka(folder: Path, port: int) -> Iterator[str]:
    """Run Kafka as `running_kafka` does, and end it by SIGKILL: what it had acknowledged must be there again."""
    with _kafka(folder, port) as (servers, process):
        yield servers
        process.kill()
        process.wait()


@contextmanager
def _kafka(folder: Path, port: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    controller, properties = _controller_port(folder), folder / "kafka.properties"
    names = {"port_kafka": str(port), "port_kafka_controller": str(controller), "data": str(folder)}
    properties.write_text(Template((DEPLOYMENT / "kafka" / "server.properties").read_text()).substitute(names))
    jars, data = ensure_tools(DEPLOYMENT)["kafka"], folder / "kafka"
    script, log4j = DEPLOYMENT / "scripts" / "kafka", DEPLOYMENT / "kafka" / "log4j2.xml"
    words = [str(word) for word in (script, jars, properties, log4j, data)]
    with _running(words, port, folder / "kafka.log") as process:
        topics = [sys.executable, str(DEPLOYMENT / "scripts" / "kafka_topics.py"), f"127.0.0.1:{port}"]
        subprocess.run(topics, check=True, capture_output=True, cwd=DEPLOYMENT.parent.parent)
        yield f"127.0.0.1:{port}", process


def _controller_port(folder: Path) -> int:
    """Return where Kafka's controller over *folder* listens: its storage remembers the port of its first start."""
    kept = folder / "kafka.controller"
    if not kept.exists():
        kept.write_text(str(free_port()))
    return int(kept.read_text())


@contextmanager
def running_versitygw(folder: Path, secret: str) -> Iterator[str]:
    """Run versitygw over *folder*/buckets with root key `bench`, and yield its address."""
    port = free_port()
    (folder / "buckets").mkdir(exist_ok=True)
    program = ensure_tools(DEPLOYMENT)["versitygw"] / "versitygw"
    words = [str(program), "--port", f"127.0.0.1:{port}", "--quiet", "posix", str(folder / "buckets")]
    keys = {"ROOT_ACCESS_KEY": "bench", "ROOT_SECRET_KEY": secret}
    with _running(words, port, folder / "versitygw.log", keys):
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    """Return a port nobody listens on; below 32768, so that no outgoing connection takes it meanwhile."""
    first, last = (int(bound) for bound in os.environ.get("CLOUDFLOW_TEST_PORTS", "20000-32000").split("-"))
    while True:
        port = random.randint(first, last)  # noqa: S311 - not a secret
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


@contextmanager
def _running(
    words: Sequence[str], port: int, log_file: Path, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with log_file.open("ab") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, **(environment or {})})
        try:
            _wait_for(port, process, log_file)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log_file: Path) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    last_words = log_file.read_text(errors="replace")[-2000:]
    raise RuntimeError(f"{process.args!r} does not start: {last_words}")
