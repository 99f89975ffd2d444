"""
# Snapshot costs

Works out what yesterday cost every owner, by location, class and prefix, meter by meter.

- **Runs** every night, and when triggered: for yesterday, or for another day whose access logs came late.
- **Raises** `io.cloudflow.costs.changed.v1` on `cost-updates` for every owner whose day is new or came out differently.
- **Prices** are those of the location's price book (`[prices]`); files in classes without a price are counted apart.
- **Retry** is always safe: a day that comes out the same writes nothing.
"""

from airflow.sdk import dag, task

from cloudflow_plugin import costing, forms
from cloudflow_plugin.defaults import TASK_DEFAULTS


@dag(
    schedule="30 4 * * *",
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    params=forms.ONE_DAY,
    doc_md=__doc__,
    tags=["cloudflow", "money"],
)
def snapshot_costs():
    task(costing.snapshot)()


snapshot_costs()
