"""The API as one app, which Airflow mounts below `/cloudflow`."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI

from cloudflow_plugin.api.context import Context
from cloudflow_plugin.api.problems import Problem, add_problems
from cloudflow_plugin.api.requests import RequestScope
from cloudflow_plugin.api.routes import ROUTERS

MOUNTED_AT = "/cloudflow"
VERSION_PREFIX = "/api/v1"


def build_app(context: Context | None = None) -> FastAPI:
    """Build the app; nothing is connected before the first request. *context* is for tests."""
    app = FastAPI(
        title="CloudFlow",
        version=version("cloudflow"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "What went wrong (RFC 9457)"}},
    )
    app.state.context = context or Context()
    add_problems(app)
    for router in ROUTERS:
        app.include_router(router, prefix=VERSION_PREFIX)
    app.add_middleware(RequestScope)
    return app
