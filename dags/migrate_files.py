"""
# Migrate files

Moves up to 200 files to another location, or to another storage class where they lie.

- **Start it** with *Trigger*: say which files and where to. You may only move files of your own;
  administrators may move everybody's.
- **Per file** one group of tasks: *validate* (source, destination, authorisation) → *copy* →
  *verify* (an independent checksum or a read-back) → *finish* (the catalogue points at the copy,
  then the source goes into quarantine or is removed). One file's failure does not stop the others.
- **Retry** is always safe: each step is recorded, a retry carries on from the last one.
  Clear a failed task only for a file whose migration has not ended.
- **Never** removes a source before its copy is verified and the catalogue points at it.
- **Mail**: one per run, to whoever triggered it, with every file that did not arrive and why.
- **Stuck?** `sweep_leftovers` finishes or ends migrations that have not moved for a day.
"""

from airflow.sdk import dag, task, task_group

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_plugin import forms, migrating
from cloudflow_plugin.defaults import TASK_DEFAULTS

FILE = "{{ file }}"
"""Each mapped task is called after its file, which the task itself tells."""


@dag(
    schedule=None,
    max_active_runs=16,
    max_active_tasks=16,
    default_args=TASK_DEFAULTS,
    params=forms.MIGRATE_FILES,
    on_failure_callback=migrating.report_broken_run,
    doc_md=__doc__,
    tags=["cloudflow", "migration"],
)
def migrate_files():
    open_run = task(migrating.open_run)
    validate = task(migrating.step(MigrationState.VALIDATED), task_id="validate", map_index_template=FILE)
    copy = task(migrating.step(MigrationState.COPIED), task_id="copy", map_index_template=FILE)
    verify = task(migrating.step(MigrationState.VERIFIED), task_id="verify", map_index_template=FILE)
    finish = task(migrating.step(MigrationState.DONE), task_id="finish", map_index_template=FILE)
    report = task(migrating.report_run, task_id="report", trigger_rule="all_done", retries=5)

    @task_group
    def migrate(migration_id: str):
        validate(migration_id) >> copy(migration_id) >> verify(migration_id) >> finish(migration_id)

    migrate.expand(migration_id=open_run()) >> report()


migrate_files()
