"""
# Scan locations

Brings the catalogue up to date with what lies in every location.

- **Runs** every hour, and when triggered: for one location, or for all.
- **Writes** only what changed: a rescan of an unchanged location writes nothing. A vanished object is
  marked, not forgotten. Each change raises an event on `file-events`.
- **Retry** is always safe. A listing that breaks marks nothing as vanished.
- **Slow?** 100,000 objects take about half a minute the first time and seconds after that.
"""

from airflow.sdk import dag, task

from cloudflow_plugin import cataloguing, forms
from cloudflow_plugin.defaults import TASK_DEFAULTS


@dag(
    schedule="0 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    params=forms.ONE_LOCATION,
    doc_md=__doc__,
    tags=["cloudflow", "catalogue"],
)
def scan_locations():
    chosen = task(cataloguing.chosen_locations)
    scan = task(cataloguing.scan, map_index_template="{{ location }}")
    scan.expand(location_id=chosen())


scan_locations()
