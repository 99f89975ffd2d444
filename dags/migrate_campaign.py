"""
# Migrate campaign

Moves up to a million files to another location, in bundles of some hundred to some thousand.

- **Start it** with *Trigger*: which files, where to, and how many at most. You may only move files of
  your own; administrators may move everybody's.
- **Plan** lists the files once, from the catalogue, and cuts them into at most 200 bundles.
- **Move** copies a bundle's files with many in flight, proves each copy, points the catalogue at it,
  and only then lets the source go. One file's failure does not stop the others.
- **Pause**: `cloudflow campaigns pause ID`; workers stop after the files in flight. **Carry on**: trigger
  with the campaign's id (its first run's id) and nothing else; nothing is listed or copied again. The
  newest run carries it: workers of an earlier one that is still at work stop as if it were paused.
- **Retry** is always safe: a bundle carries on from the files that have no outcome yet.
- **Mail**: one per run, to whoever triggered it, with the first files that did not arrive and why.
"""

from airflow.sdk import dag, task

from cloudflow_plugin import campaigning, forms
from cloudflow_plugin.defaults import TASK_DEFAULTS

BUNDLES_AT_ONCE = 2
"""Of one campaign: each has hundreds of files in flight, and other users' runs want workers too."""


@dag(
    schedule=None,
    max_active_runs=8,
    default_args=TASK_DEFAULTS,
    params=forms.MIGRATE_CAMPAIGN,
    on_failure_callback=campaigning.report_broken_run,
    doc_md=__doc__,
    tags=["cloudflow", "migration"],
)
def migrate_campaign():
    plan = task(campaigning.plan)
    move = task(
        campaigning.move,
        map_index_template="bundle {{ bundle }}",
        max_active_tis_per_dagrun=BUNDLES_AT_ONCE,
        multiple_outputs=False,  # nobody asks for one figure alone, and each is a request of its own
    )
    report = task(campaigning.report, trigger_rule="all_done", retries=5)

    move.expand(bundle_id=plan()) >> report()


migrate_campaign()
