"""What was checked before anything was learnt from it: Great Expectations' last word on each suite, and its pages."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from mimetypes import guess_type
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from pydantic import Field
from starlette.responses import Response

from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.settings import Settings
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import SettingsDep
from cloudflow_plugin.api.fields import Answer, Key

router = APIRouter(prefix="/data-checks", tags=["money"])

FOLDER = "expectations"
"""In the folder of learning: pages in `docs`, results in `gx/uncommitted`."""
PAGES, RESULTS = Path("docs"), Path("gx/uncommitted")
MOMENT = "%Y%m%dT%H%M%S.%fZ"
NO_SCRIPTS = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "frame-ancestors 'none'; sandbox allow-same-origin"
)
"""The pages want scripts of five other sites; nothing of that runs in our name, and they can be read without."""
LOOK = """<style>
:root { color-scheme: light dark }
body { font: 15px/1.6 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1.5rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem }
td, th { border: 1px solid #8886; padding: .3rem .7rem; text-align: left; vertical-align: top }
footer, form, button, input, label, nav, .breadcrumb, a[data-toggle], .card:has(.btn-group) { display: none }
h1, h2, h3, h4, h5, h6 { font-size: 1.1rem; margin: 1.5rem 0 .5rem }
</style></head>"""


class DataCheck(Answer):
    """The last check of one suite."""

    suite: str = Field(examples=["access", "training"])
    checked_at: dt.datetime
    passed: bool
    path: str = Field(description="Its page, below `/data-checks/pages/`.")


class DataChecks(Answer):
    """One check for each suite, the newest first."""

    checks: list[DataCheck]


@router.get("")
def list_data_checks(_caller: CallerDep, settings: SettingsDep) -> DataChecks:
    """See what was last checked before anything was learnt: a day's access logs, and the set of a training."""
    newest = {check.suite: check for check in sorted(_found(_folder(settings)), key=lambda check: check.checked_at)}
    return DataChecks(checks=sorted(newest.values(), key=lambda check: check.checked_at, reverse=True))


@router.get(
    "/pages/{path:path}",
    response_class=Response,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "A page of Data Docs."}},
)
def page_of_data_check(path: Annotated[Key, InPath()], _caller: CallerDep, settings: SettingsDep) -> Response:
    """Read a page that Great Expectations wrote, without the scripts that it would load from elsewhere."""
    root = (_folder(settings) / PAGES).resolve()
    file = (root / path).resolve()
    try:
        data = file.read_bytes() if file.is_relative_to(root) else None
    except OSError:  # not there, a folder, or a name that no file can have
        data = None
    if data is None:
        raise NotFoundError(f"there is no page {path!r}")
    kind = guess_type(file.name)[0] or "application/octet-stream"
    if kind == "text/html":
        data = data.replace(b"</head>", LOOK.encode(), 1)
    return Response(data, media_type=kind, headers={"Content-Security-Policy": NO_SCRIPTS})


def _folder(settings: Settings) -> Path:
    return settings.learning.folder / FOLDER


def _found(folder: Path) -> Iterator[DataCheck]:
    root = folder / PAGES
    for page in root.glob("validations/*/*/*/*.html"):
        path = page.relative_to(root)
        try:
            at = dt.datetime.strptime(path.parts[-2], MOMENT).replace(tzinfo=dt.UTC)
            result = json.loads((folder / RESULTS / path).with_suffix(".json").read_bytes())
        except (ValueError, OSError):
            continue  # half written, or cleared away at this moment
        yield DataCheck(suite=path.parts[1], checked_at=at, passed=bool(result.get("success")), path=str(path))
