"""A delay in front of a server: toxiproxy, built once from a locked recipe like the other tools."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks._report import say
from benchmarks._servers import free_port
from cloudflow_cli.stack.builders import build_go
from cloudflow_cli.stack.tools import Tool, tool_folder

FOLDER = Path(__file__).parent
TOXIPROXY = Tool(
    "toxiproxy",
    ("toxiproxy/go.mod", "toxiproxy/go.sum"),
    build_go("github.com/Shopify/toxiproxy/v2/cmd/server"),
    ("go",),
)
START_SECONDS = 10.0


def toxiproxy() -> Path:
    """Return the program, building it first where it is missing."""
    folder = tool_folder(TOXIPROXY, FOLDER)
    if not folder.is_dir():
        say("building toxiproxy")
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".toxiproxy-", dir=folder.parent))
        try:
            TOXIPROXY.build(FOLDER / TOXIPROXY.recipe[0], draft, folder.with_name(f"{folder.name}.log"))
            draft.rename(folder)
        except OSError:
            if not folder.is_dir():  # else somebody else was faster
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder / "server"


@contextmanager
def delayed(urls: list[str], milliseconds: int) -> Iterator[list[str]]:
    """Yield addresses that lead to *urls*, whose answers come so much later."""
    control = free_port()
    process = subprocess.Popen(
        [str(toxiproxy()), "-host", "127.0.0.1", "-port", str(control)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield [_proxy(control, f"server{number}", url, milliseconds) for number, url in enumerate(urls)]
    finally:
        process.terminate()
        process.wait()


def _proxy(control: int, name: str, url: str, milliseconds: int) -> str:
    parts, port = urlsplit(url), free_port()
    proxy = {"name": name, "listen": f"127.0.0.1:{port}", "upstream": parts.netloc, "enabled": True}
    latency = {"type": "latency", "stream": "downstream", "attributes": {"latency": milliseconds}}
    _post(control, "/proxies", proxy)
    _post(control, f"/proxies/{name}/toxics", latency)
    return f"http://127.0.0.1:{port}{parts.path}"


def _post(control: int, path: str, body: Mapping[str, object]) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{control}{path}", json.dumps(body).encode())
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5):  # noqa: S310 - our own address
                return
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)
