"""
Airflow's page around ours, sooner: its files packed once instead of for everybody, and ours on their way beside them.

The script of Airflow's page has seven megabytes, which Airflow packs anew for each browser that asks; a browser asks
for ours only after it has run that one. `Frontage` stands around Airflow's whole app, as a plugin's root middleware.
"""

from __future__ import annotations

import gzip
import json
import mimetypes
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any

import airflow
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudflow_plugin.api.bundle import FOLDER, FOR_EVER

ASSETS = Path(airflow.__file__).parent / "ui" / "dist" / "assets"
PACKED = re.compile(r"/static/assets/(?P<name>[\w-]+(?:\.[\w-]+)*-[\w-]{8}\.(?:js|css))")
"""Files with a hash in their names: another content has another name."""
ENTRY = "index-*.js"
LEVEL = 6
PAGE = re.compile(r"/plugin/cloudflow(?:/(?P<tab>[a-z]*).*)?")
ALWAYS = ("src/home.tsx", "src/main.tsx")
ASKED_FIRST = ("/ui/config", "/api/v2/plugins")
"""What Airflow's page asks for, one after the other, before it shows any plugin's."""


class Packing:
    """The files of Airflow's page as they travel, each packed when it is asked for first."""

    def __init__(self, folder: Path = ASSETS) -> None:
        self._folder = folder
        self._packed: dict[str, bytes] = {}
        self._one_at_a_time = Lock()

    def file(self, name: str) -> bytes | None:
        """Return the file *name* packed; None if there is none."""
        with self._one_at_a_time:
            if name not in self._packed:
                path = self._folder / name
                if not path.is_file():
                    return None
                self._packed[name] = gzip.compress(path.read_bytes(), LEVEL, mtime=0)
            return self._packed[name]

    def entries(self) -> list[str]:
        """Return the script that Airflow's page begins with, which is the largest of them."""
        return sorted(path.name for path in self._folder.glob(ENTRY))

    def prepare(self) -> None:
        """Pack the largest before anybody asks."""
        for name in self.entries():
            self.file(name)


PACKING = Packing()


class Frontage:
    """Answers for the packed files of Airflow's page, and names ours in the head of the page that shows them."""

    def __init__(self, app: ASGIApp, *, packing: Packing = PACKING, bundle: Path = FOLDER) -> None:
        self._app = app
        self._packing = packing
        self._bundle = bundle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            if (asset := PACKED.fullmatch(path)) and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
                data = await run_in_threadpool(self._packing.file, asset["name"])
                if data is not None:
                    await _packed(asset["name"], data)(scope, receive, send)
                    return
            elif page := PAGE.fullmatch(path):
                send = self._naming(page["tab"] or "overview", scope.get("root_path", ""), send)
        await self._app(scope, receive, send)

    def _naming(self, tab: str, root: str, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.OK:
                headers = MutableHeaders(scope=message)
                # A browser opens six connections: Airflow's own script must not wait behind ours.
                for name in self._packing.entries():
                    headers.append("Link", f"<{root}/static/assets/{name}>; rel=modulepreload")
                for path in ASKED_FIRST:
                    headers.append("Link", f"<{root}{path}>; rel=preload; as=fetch; crossorigin")
                for file in scripts_of(tab, self._bundle):
                    headers.append("Link", f"<{root}/cloudflow/static/{file}>; rel=modulepreload")
            await send(message)

        return sending


def _packed(name: str, data: bytes) -> Response:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "Cache-Control": FOR_EVER}
    return Response(data, headers=headers, media_type=kind)


def scripts_of(tab: str, folder: Path = FOLDER) -> list[str]:
    """Return the scripts that the page *tab* cannot be shown without, by what the build of the dashboard noted."""
    try:
        manifest = json.loads((folder / ".vite" / "manifest.json").read_text())
    except (OSError, ValueError):
        return []  # it was not built, or is being built right now: browsers find them by themselves
    found: dict[str, None] = {}
    for key in (*ALWAYS, f"src/pages/{tab.title()}.tsx"):
        found |= dict.fromkeys(_with_imports(key, manifest, set()))
    return list(found)


def _with_imports(key: str, manifest: Mapping[str, Any], seen: set[str]) -> Iterator[str]:
    if key in seen or key not in manifest:
        return
    seen.add(key)
    yield manifest[key]["file"]
    for one in manifest[key].get("imports", ()):
        yield from _with_imports(one, manifest, seen)
