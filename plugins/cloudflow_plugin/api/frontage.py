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

from cloudflow_plugin.api.bundle import FOLDER, FOR_EVER, MOUNTED_AT, PATH

ASSETS = Path(airflow.__file__).parent / "ui" / "dist" / "assets"
HASHED = r"[\w-]+(?:\.[\w-]+)*-[\w-]{8}\.(?:js|css)"
"""The name of a file with a hash in it: another content has another name."""
ENTRY = "index-*.js"
LEVEL = 6
PAGE = re.compile(r"/plugin/cloudflow(?:/(?P<tab>[a-z]*).*)?")
EARLY = "src/early.ts"
"""Asks what the page shows; it needs nothing of Airflow's script."""
ALWAYS = (EARLY, "src/home.tsx", "src/main.tsx")
PLACE = f"{MOUNTED_AT}{PATH}"
PACKED = re.compile(rf"/static/assets/(?P<airflows>{HASHED})|{PLACE}/(?P<ours>chunks/{HASHED})")
FONT = "/inter-latin-wght-normal.woff2"
HEAD_ENDS = b"</head>"
ASKED_FIRST = ("/ui/config", "/api/v2/plugins")
"""What Airflow's page asks for, one after the other, before it shows any plugin's."""


class Packing:
    """The files of a page as they travel, each packed when it is asked for first."""

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

    def known(self, name: str) -> bytes | None:
        """Return the file *name* if it was packed before."""
        return self._packed.get(name)

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
        self._own = Packing(bundle)
        self._bundle = bundle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            if (asset := PACKED.fullmatch(path)) and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
                if packed := await self._pack(asset["airflows"], asset["ours"]):
                    await packed(scope, receive, send)
                    return
            elif page := PAGE.fullmatch(path):
                send = self._naming(page["tab"] or "overview", scope.get("root_path", ""), send)
        await self._app(scope, receive, send)

    async def _pack(self, airflows: str | None, ours: str | None) -> Response | None:
        packing, name = (self._packing, airflows) if airflows else (self._own, str(ours))
        data = packing.known(name) or await run_in_threadpool(packing.file, name)
        return None if data is None else _packed(name, data)

    def _naming(self, tab: str, root: str, send: Send) -> Send:
        start: Message | None = None

        async def sending(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.OK:
                start = message  # it tells how long the page is
                return
            if message["type"] == "http.response.body" and start is not None:
                begun, start = start, None
                headers = MutableHeaders(scope=begun)
                manifest = manifest_of(self._bundle)
                self._name_files(headers, manifest, tab, root)
                message = _with_scripts(message, headers, _tags_of(manifest, f"{root}{PLACE}"))
                await send(begun)
            await send(message)

        return sending

    def _name_files(self, headers: MutableHeaders, manifest: Mapping[str, Any], tab: str, root: str) -> None:
        # A browser opens six connections: Airflow's own script must not wait behind ours.
        for name in self._packing.entries():
            headers.append("Link", f"<{root}/static/assets/{name}>; rel=modulepreload")
        for path in ASKED_FIRST:
            headers.append("Link", f"<{root}{path}>; rel=preload; as=fetch; crossorigin")
        for file in scripts_of(tab, manifest):
            headers.append("Link", f"<{root}{PLACE}/{file}>; rel=modulepreload")
        for file in fonts_of(manifest):
            headers.append("Link", f"<{root}{PLACE}/{file}>; rel=preload; as=font; type=font/woff2; crossorigin")


def _tags_of(manifest: Mapping[str, Any], place: str) -> str:
    """
    Return the tags of our scripts: one that runs at once, and those that run right behind Airflow's own.

    Airflow takes what it finds under a plugin's name, and loads the plugin's file only where it finds nothing.
    """
    scripts = [(manifest[key]["file"], " async" if key == EARLY else "") for key in ALWAYS if key in manifest]
    return "".join(f'<script type="module"{when} src="{place}/{file}"></script>' for file, when in scripts)


def _with_scripts(body: Message, headers: MutableHeaders, tags: str) -> Message:
    page: bytes = body.get("body", b"")
    if body.get("more_body") or HEAD_ENDS not in page or "content-encoding" in headers:
        return body
    page = page.replace(HEAD_ENDS, tags.encode() + HEAD_ENDS, 1)
    headers["Content-Length"] = str(len(page))
    return {**body, "body": page}


def _packed(name: str, data: bytes) -> Response:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {
        "Content-Encoding": "gzip",
        "Vary": "Accept-Encoding",
        "Cache-Control": FOR_EVER,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, headers=headers, media_type=kind)


def manifest_of(folder: Path) -> Mapping[str, Any]:
    """Return what the build of the dashboard noted."""
    try:
        found: Mapping[str, Any] = json.loads((folder / ".vite" / "manifest.json").read_text())
    except (OSError, ValueError):
        return {}  # it was not built, or is being built right now: browsers find its files by themselves
    return found


def fonts_of(manifest: Mapping[str, Any]) -> list[str]:
    """Return the font of every word: a page that gets it later is laid out twice."""
    return [manifest[key]["file"] for key in manifest if key.endswith(FONT)]


def scripts_of(tab: str, manifest: Mapping[str, Any]) -> list[str]:
    """Return the scripts that the page *tab* cannot be shown without."""
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
