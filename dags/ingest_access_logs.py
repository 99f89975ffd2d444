"""
# Ingest access logs

Counts who read what: from the access logs of S3, Azure and Google Cloud Storage into reads per file and day.

- **Runs** every hour, and when triggered: for one location, or for all. Which logs belong to a location
  is said with `cloudflow locations add --logs`.
- **Counts** data reads only: no HEAD, no lists, nothing of our own. Late and doubled lines are recognised;
  broken ones are kept aside with their reason and never stop the rest.
- **Retry** is always safe: a log that was counted is not counted again.
"""

from airflow.sdk import dag, task

from cloudflow_plugin import cataloguing, forms
from cloudflow_plugin.defaults import TASK_DEFAULTS


@dag(
    schedule="10 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    params=forms.ONE_LOCATION,
    doc_md=__doc__,
    tags=["cloudflow", "access"],
)
def ingest_access_logs():
    chosen = task(cataloguing.chosen_locations)
    ingest = task(cataloguing.ingest, map_index_template="{{ location }}")
    ingest.expand(location_id=chosen())


ingest_access_logs()
