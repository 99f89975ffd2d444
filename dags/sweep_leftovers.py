"""
# Sweep leftovers

Ends what waits for its end.

- **Runs** every hour.
- **Removes** sources whose quarantine is over: only if they still are the verified version, and only while
  the file they became is readable elsewhere. A source that was overwritten meanwhile stays.
- **Aborts** uploads that nobody will finish, and counts them: only such as the part ledger knows to be ours.
- **Finishes** migrations that lack only their last step, and ends those that stood still for a day, their run over,
  or for a week.
- **Red?** The message names each leftover that could not be swept; the next run tries again.
"""

from airflow.sdk import dag, task

from cloudflow_plugin import cataloguing
from cloudflow_plugin.defaults import TASK_DEFAULTS


@dag(
    schedule="40 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    doc_md=__doc__,
    tags=["cloudflow", "migration"],
)
def sweep_leftovers():
    task(cataloguing.sweep)()


sweep_leftovers()
