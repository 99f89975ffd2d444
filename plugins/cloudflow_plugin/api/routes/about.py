"""What the API says about itself: whether it works, what it counts, how it is used."""

from __future__ import annotations

import hmac
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from cloudflow_plugin.api.callers import CallerDep, admin_of, caller_of
from cloudflow_plugin.api.context import ServicesDep, SettingsDep
from cloudflow_plugin.api.metering import MEDIA_TYPE, meters_of
from cloudflow_plugin.api.openapi import NO_SIGN_IN, describe
from cloudflow_plugin.api.platform_metrics import platform_text

router = APIRouter(tags=["platform"])


class Health(BaseModel):
    """The state of the platform: nothing more is told to people who are not signed in."""

    status: Literal["ok"] = "ok"


@router.get("/health", openapi_extra=NO_SIGN_IN)
def health(services: ServicesDep) -> Health:
    """Answer 200 when the catalogue answers, else 503."""
    services.catalog.ping()
    return Health()


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "Prometheus' text format."}},
)
async def metrics(request: Request, settings: SettingsDep, services: ServicesDep) -> Response:
    """Return counters for Prometheus: to administrators, and to whom shows the token `api.metrics_token` as bearer."""
    wanted = settings.api.metrics_token
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not wanted or not hmac.compare_digest(shown.encode(), wanted.get_secret_value().encode()):
        await admin_of(await caller_of(request))
    whole = await run_in_threadpool(platform_text, services.catalog, services.clock())
    return Response(meters_of(request).text() + whole, media_type=MEDIA_TYPE)


@router.get("/openapi.json", response_class=JSONResponse)
async def openapi(request: Request, _caller: CallerDep) -> dict[str, Any]:
    """Return this description."""
    state = request.app.state
    if not hasattr(state, "description"):
        state.description = describe(request.app)
    return dict(state.description)
