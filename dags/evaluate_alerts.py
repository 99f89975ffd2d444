"""
# Evaluate alerts

Judges every rule by what its signal is now, and tells what began and what is over.

- **Runs** every five minutes, behind `cloudflow consume`, which does the same once a minute: whichever
  comes first writes the alert, the other finds it there.
- **Rules** are kept with `/alerts/rules`; administrators begin with some for the platform itself.
- **Tells** through topic `system-alerts`, and from there the bell, mails and webhooks.
- **Retry** is always safe: an alert that is open is not opened again.
"""

from airflow.sdk import dag, task

from cloudflow_plugin import telling
from cloudflow_plugin.defaults import TASK_DEFAULTS


@dag(
    schedule="*/5 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    doc_md=__doc__,
    tags=["cloudflow", "alerts"],
)
def evaluate_alerts():
    task(telling.evaluate)()


evaluate_alerts()
