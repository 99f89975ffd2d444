"""
# On cost changes

A DAG of your own that runs when somebody's costs changed, and every night in any case.

Put it into `$CLOUDFLOW_HOME/dags` of the embedded stack, or beside the platform's own DAGs.
"""

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from cloudflow_plugin.topic_assets import COST_UPDATES

NIGHTLY = CronTriggerTimetable("0 6 * * *", timezone="UTC")


@dag(
    schedule=AssetOrTimeSchedule(timetable=NIGHTLY, assets=[COST_UPDATES]),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["example"],
)
def on_cost_changes():
    @task
    def tell(triggering_asset_events=None):
        events = [event for some in (triggering_asset_events or {}).values() for event in some]
        return sorted(event.extra["payload"]["user"] for event in events)

    tell()


on_cost_changes()
