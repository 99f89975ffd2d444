"""
# On alerts

A DAG of your own that runs when an alert begins, is passed on or is over, and every morning in any case.

Put it into `$CLOUDFLOW_HOME/dags` of the embedded stack, or beside the platform's own DAGs.
"""

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from cloudflow_plugin.topic_assets import SYSTEM_ALERTS

EVERY_MORNING = CronTriggerTimetable("0 6 * * *", timezone="UTC")


@dag(
    schedule=AssetOrTimeSchedule(timetable=EVERY_MORNING, assets=[SYSTEM_ALERTS]),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["example"],
)
def on_alerts():
    @task
    def tell(triggering_asset_events=None):
        events = [event for some in (triggering_asset_events or {}).values() for event in some]
        return [event.extra["payload"]["subject"] for event in events]

    tell()


on_alerts()
