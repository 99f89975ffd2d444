"""
# Send mail

Sends the mails that are due: those that the mail server did not take before, and digests.

- **Runs** every ten minutes, behind `cloudflow consume`, which sends each as soon as its event comes: a
  letter is claimed before it is sent, so that it is sent by one of the two.
- **Mail server down?** Letters wait in the catalogue and are tried again, for five days.
- **Retry** is always safe: a letter that was sent is not sent again.
"""

from airflow.sdk import dag, task

from cloudflow_plugin import telling
from cloudflow_plugin.defaults import TASK_DEFAULTS


@dag(
    schedule="5-59/10 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    doc_md=__doc__,
    tags=["cloudflow", "mail"],
)
def send_mail():
    task(telling.send)()


send_mail()
