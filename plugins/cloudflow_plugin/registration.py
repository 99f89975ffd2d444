"""The one module below `plugins` that Airflow executes."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class CloudFlowPlugin(AirflowPlugin):
    """What CloudFlow adds to Airflow."""

    name = "cloudflow"
