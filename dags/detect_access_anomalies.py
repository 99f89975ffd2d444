"""
# Detect access anomalies

Finds prefixes that are used as they never are at this hour of the week: scans, storms of repetitions, cold data
that wake up, reads that stop.

- **Runs** every hour, behind the ingestion of access logs.
- **Learns** from up to ten weeks what is usual; with fewer than three it stays silent.
- **Raises** `io.cloudflow.access.anomaly_found.v1` on `system-alerts`, a line in the bell and a mail: once per prefix
  and day, to whoever owns most of its files.
- **Retry** is always safe: nobody hears of the same twice.
"""

from airflow.sdk import dag, task

from cloudflow_plugin import learning
from cloudflow_plugin.defaults import TASK_DEFAULTS


@dag(
    schedule="35 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    doc_md=__doc__,
    tags=["cloudflow", "learning"],
)
def detect_access_anomalies():
    task(learning.detect)()


detect_access_anomalies()
