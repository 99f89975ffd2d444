"""The dashboard's built files, served beside the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "static"
"""Where `dashboard/` is built into."""
ENTRY = "main.js"
HOME = "home.js"
"""Sends people on who have nothing to see on Airflow's own home page."""
ICONS = {"icon": "icon.svg", "icon_dark_mode": "icon-dark.svg"}
MOUNTED_AT = "/cloudflow"
"""Where Airflow has the whole app."""
PATH = "/static"

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
HASHED = ("chunks/", "assets/")
"""Folders whose files carry a hash in their names: another content has another name."""


class Bundle(StaticFiles):
    """Files that browsers keep for ever, or ask about each time."""

    async def check_config(self) -> None:
        """Let the folder be missing: then nothing is found in it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = FOR_EVER if path.startswith(HASHED) else ASK_AGAIN
        return answer


def add_bundle(app: FastAPI, folder: Path = FOLDER) -> None:
    """Serve what is in *folder* when it is asked for: the dashboard may be built after the app was."""
    app.mount(PATH, Bundle(directory=folder, check_dir=False), name="static")


def react_apps(mounted_at: str, folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Return the page in Airflow's navigation, and what runs on every page; nothing before the dashboard was built."""
    if not (folder / ENTRY).exists():
        return []
    place = f"{mounted_at.removeprefix('/')}{PATH}"
    icons = {name: f"{place}/{file}" for name, file in ICONS.items() if (folder / file).exists()}
    return [
        {
            "name": "CloudFlow",
            "bundle_url": f"{place}/{ENTRY}",
            "destination": "nav",
            "url_route": "cloudflow",
            "nav_top_level": True,
            **icons,
        },
        {"name": "CloudFlowHome", "bundle_url": f"{place}/{HOME}", "destination": "base"},
    ]
