"""
# Train tier model

Learns from the access logs how files are used, and lets a model serve only if it saves money.

- **Runs** every week, when files are used differently by now (`model-drift`, once a day at most), and when
  triggered.
- **Steps**: rows of the past → Great Expectations → candidates side by side → backtest of every candidate against
  the champion, the plain rule and Intelligent-Tiering → the gate → `champion` or `challenger` in MLflow's registry.
- **Never** learns from data that did not pass: the day goes into quarantine, the run stops, administrators get a mail.
- **Look** at the experiment `cloudflow-tiers` in MLflow: parameters, figures, plots, the bill of every contestant, and
  the Data Docs.
- **Retry** is always safe: each step leaves its result in the run's folder.
- **Skipped?** There are too few days of access logs to learn from.
"""

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, Param, dag, task

from cloudflow_plugin import learning
from cloudflow_plugin.assets import DRIFT
from cloudflow_plugin.defaults import TASK_DEFAULTS

QUICK = Param(False, type="boolean", title="Quick", description="Small models, in seconds instead of minutes.")  # noqa: FBT003 # its default


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("10 4 * * 0", timezone="UTC"), assets=[DRIFT]),
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    params={"quick": QUICK},
    doc_md=__doc__,
    tags=["cloudflow", "learning"],
)
def train_tier_model():
    checked = [task(learning.check_access_day)(), task(learning.prepare)()]
    sound = task(learning.expect)()
    tried = task(learning.candidates)()
    fitted = task(learning.train, map_index_template="{{ candidate }}").expand(candidate=tried)
    checked >> sound >> tried
    fitted >> task(learning.settle)()


train_tier_model()
