"""
# Recommend moves

Says of every file which storage class would be cheapest, what that saves and costs, and why. Staying is an answer.

- **Runs** after `classify_files`, once a day in any case, and when triggered: for one location, or for all.
- **Never** recommends what pays back later than the file can be trusted to live, nor anything for files below
  128 KiB, nor a colder class without access logs that prove the silence (`[advice]` in `cloudflow.toml`).
- **Raises** `io.cloudflow.recommendation.made.v1` on `cost-updates` for every new recommendation.
- **Measures** what applied recommendations really saved, by the reads that came after the move.
- **Prices** are those of the location's price book (`[prices]`); `cloudflow prices show` tells each with its source.
- **Retry** is always safe: with nothing new it writes nothing but the monthly costs.
"""

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from cloudflow_plugin import advising, forms, learning
from cloudflow_plugin.assets import DRIFT, TIERS
from cloudflow_plugin.defaults import TASK_DEFAULTS


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("50 3 * * *", timezone="UTC"), assets=[TIERS]),
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    params=forms.ONE_LOCATION,
    doc_md=__doc__,
    tags=["cloudflow", "money"],
)
def recommend_moves():
    task(advising.measure)() >> task(advising.recommend)() >> task(learning.watch_drift, outlets=[DRIFT])()


recommend_moves()
