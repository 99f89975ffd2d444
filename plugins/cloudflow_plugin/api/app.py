"""The API as one app, which Airflow mounts below `/cloudflow`."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from cloudflow_plugin.api.bundle import add_bundle
from cloudflow_plugin.api.context import Context
from cloudflow_plugin.api.etags import ETags
from cloudflow_plugin.api.guards import Guards
from cloudflow_plugin.api.metering import Begin, Meters
from cloudflow_plugin.api.problems import add_problems
from cloudflow_plugin.api.rates import Rates
from cloudflow_plugin.api.replays import Replays
from cloudflow_plugin.api.requests import RequestScope
from cloudflow_plugin.api.routes import ROUTERS
from cloudflow_plugin.api.standings import Standings
from cloudflow_plugin.api.warming import serving

TUS_REQUEST = ("Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset")
TUS_ANSWER = ("Tus-Resumable", "Upload-Expires", "Upload-Length", "Upload-Offset")
VERSION_PREFIX = "/api/v1"


def build_app(context: Context | None = None, begin: Begin | None = None) -> FastAPI:
    """
    Build the app; nothing is connected before the first request. *context* is for tests.

    With *begin*, the first request starts what tells the rest of the platform how this process does.
    """
    app = FastAPI(
        title="CloudFlow",
        version=version("cloudflow"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=serving,
    )
    app.state.context = context or Context()
    app.state.meters = Meters(begin)
    app.state.standings = Standings()
    app.state.rates = Rates(app.state.context.settings().api.limits)
    add_problems(app)
    app.router.routes.extend(_routes())
    add_bundle(app)
    _add_layers(app)
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Return the routes of all routers: analysed once, however many apps are built of them."""
    together = APIRouter(prefix=VERSION_PREFIX)
    for router in ROUTERS:
        together.include_router(router)
    return together.routes


def _add_layers(app: FastAPI) -> None:
    """Put around the handlers what happens with every request; the last one added is the outermost."""
    settings = app.state.context.settings().api
    origins = frozenset(settings.origins)
    app.add_middleware(ETags)
    app.add_middleware(Replays)
    app.add_middleware(Guards, origins=origins, body_bytes=settings.body_bytes)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=sorted(origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                *TUS_REQUEST,
            ],
            expose_headers=["ETag", "Location", "Retry-After", "X-Request-ID", *TUS_ANSWER],
            allow_credentials=True,
        )
    app.add_middleware(RequestScope, meters=app.state.meters)
