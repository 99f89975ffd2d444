"""
# Apply policy

Moves what one policy decides on, within its limits, in the name of the policy's owner.

- **Plan** decides about each file once; a retry does what was decided, and so does a dry run at that time
  (`POST /policies/{policy_id}/preview`).
- **Ask**: beyond a limit of the policy (files, bytes, money) nothing moves until a person approves, under
  *Required Actions*. A no, or no answer within twelve hours, moves nothing.
- **Migrate**: the files go by runs of `migrate_files`, up to 200 each.
- **Retry** is always safe: each of those runs is started once.
"""

from datetime import timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Param, dag, task

from cloudflow_plugin import policing
from cloudflow_plugin.defaults import TASK_DEFAULTS

PARAMS = {"policy_id": Param(type="string", title="Policy", description="Its id, as /policies tells.")}
PLAN = "{{ ti.xcom_pull(task_ids='plan')['%s'] }}"
ANSWER_WITHIN = timedelta(hours=12)


@dag(
    schedule=None,
    max_active_runs=16,
    default_args=TASK_DEFAULTS,
    params=PARAMS,
    doc_md=__doc__,
    tags=["cloudflow", "policies"],
)
def apply_policy():
    route = task.branch(policing.route)
    ask = ApprovalOperator(
        task_id=policing.ASK,
        subject=PLAN % "subject",
        body=PLAN % "body",
        defaults=["Reject"],
        response_timeout=ANSWER_WITHIN,
    )
    start = task(policing.start, trigger_rule="none_failed_min_one_success")()
    finish = task(policing.finish, trigger_rule="all_done")
    TriggerDagRunOperator.partial(
        task_id="migrate", trigger_dag_id="migrate_files", skip_when_already_exists=True
    ).expand_kwargs(start)

    routed = route()
    task(policing.plan)() >> routed >> ask >> start
    routed >> start
    start >> finish()  # beside `migrate`, which makes the run red when there was no start


apply_policy()
