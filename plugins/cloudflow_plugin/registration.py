"""
The one module below `plugins` that Airflow executes: in every process, each task's included.

Only the API server, which gets `CLOUDFLOW_ROLE=api` and hands it on to nobody, loads the API.
"""

from __future__ import annotations

import os
from typing import Any

from airflow.plugins_manager import AirflowPlugin


def _served() -> tuple[list[Any], list[Any]]:
    """Return the apps and the pages that this process serves."""
    if os.environ.get("CLOUDFLOW_ROLE") != "api":
        return [], []
    from cloudflow_plugin.api.app import MOUNTED_AT, build_app
    from cloudflow_plugin.api.bundle import react_apps
    from cloudflow_plugin.api.telling import begin_telling

    return [{"app": build_app(begin=begin_telling), "url_prefix": MOUNTED_AT, "name": "CloudFlow"}], react_apps(
        MOUNTED_AT
    )


class CloudFlowPlugin(AirflowPlugin):
    """What CloudFlow adds to Airflow."""

    name = "cloudflow"
    fastapi_apps, react_apps = _served()
