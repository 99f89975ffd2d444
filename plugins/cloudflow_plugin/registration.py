"""
The one module below `plugins` that Airflow executes: in every process, each task's included.

Only the API server, which gets `CLOUDFLOW_ROLE=api` and hands it on to nobody, loads the API.
"""

from __future__ import annotations

import os
from typing import Any

from airflow.plugins_manager import AirflowPlugin


def _served() -> tuple[list[Any], list[Any], list[Any]]:
    """Return the apps, the pages, and what stands around all of Airflow's answers, of this process."""
    if os.environ.get("CLOUDFLOW_ROLE") != "api":
        return [], [], []
    from cloudflow_plugin.api.app import build_app
    from cloudflow_plugin.api.bundle import MOUNTED_AT, react_apps
    from cloudflow_plugin.api.frontage import Frontage
    from cloudflow_plugin.api.settling import settle
    from cloudflow_plugin.api.telling import begin_telling

    settle()
    return (
        [{"app": build_app(begin=begin_telling), "url_prefix": MOUNTED_AT, "name": "CloudFlow"}],
        react_apps(MOUNTED_AT),
        [{"middleware": Frontage, "args": [], "kwargs": {}, "name": "CloudFlow's frontage"}],
    )


class CloudFlowPlugin(AirflowPlugin):
    """What CloudFlow adds to Airflow."""

    name = "cloudflow"
    fastapi_apps, react_apps, fastapi_root_middlewares = _served()
