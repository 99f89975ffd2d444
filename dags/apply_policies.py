"""
# Apply policies

Lets each policy that people made and switched on decide about its files.

- **Runs** every night, and when triggered: one run of `apply_policy` for each policy.
- **Retry** is always safe: a run of a policy is started once.
"""

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import dag, task

from cloudflow_plugin import policing
from cloudflow_plugin.defaults import TASK_DEFAULTS


@dag(
    schedule="30 4 * * *",
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    doc_md=__doc__,
    tags=["cloudflow", "policies"],
)
def apply_policies():
    apply = TriggerDagRunOperator.partial(task_id="apply", trigger_dag_id="apply_policy", skip_when_already_exists=True)
    apply.expand_kwargs(task(policing.chosen)())


apply_policies()
