"""
# Classify files

Puts every file into hot, warm or cold: from how often it was read in the last hour, day, week, month and
quarter, how long ago, and how large it is.

- **Runs** every hour, and when triggered: for one location, or for all.
- **Thresholds** are settings (`[classification]` in `cloudflow.toml`); each decision keeps its reasons.
- **Raises** `io.cloudflow.file.reclassified.v1` on `file-events` for every file whose class changed.
- **Retry** is always safe: with nothing new it writes nothing.
"""

from airflow.sdk import dag, task

from cloudflow_plugin import cataloguing, forms
from cloudflow_plugin.assets import TIERS
from cloudflow_plugin.defaults import TASK_DEFAULTS


@dag(
    schedule="20 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    params=forms.ONE_LOCATION,
    doc_md=__doc__,
    tags=["cloudflow", "classification"],
)
def classify_files():
    task(cataloguing.classify, outlets=[TIERS])()


classify_files()
