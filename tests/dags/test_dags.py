"""What Airflow makes of the DAG files."""

from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = {
    "apply_policies",
    "apply_policy",
    "classify_files",
    "evaluate_alerts",
    "detect_access_anomalies",
    "ingest_access_logs",
    "migrate_campaign",
    "migrate_files",
    "recommend_moves",
    "scan_locations",
    "send_mail",
    "snapshot_costs",
    "sweep_leftovers",
    "train_tier_model",
}


@pytest.fixture(scope="module", autouse=True)
def plugins_on_the_path():
    """Airflow puts its plugins folder there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "plugins"))
        yield


@pytest.fixture(scope="module")
def bag():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(ROOT / "dags"), bundle_path=ROOT / "dags", bundle_name="cloudflow")


def test_every_file_imports(bag):
    assert {} == bag.import_errors
    assert set(bag.dags) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_dag_survives_serialisation(bag, name):
    """The scheduler and the UI see only what was serialised."""
    from airflow.serialization.serialized_objects import DagSerialization

    again = DagSerialization.from_dict(DagSerialization.to_dict(bag.dags[name]))

    assert again.task_ids == bag.dags[name].task_ids
    assert again.doc_md


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_task_is_tried_again_after_a_lost_worker(bag, name):
    assert all(task.retries >= 3 for task in bag.dags[name].tasks)


def test_a_migration_is_one_group_of_tasks_per_file_and_then_one_report(bag):
    dag = bag.dags["migrate_files"]

    order = ["open_run", "migrate.validate", "migrate.copy", "migrate.verify", "migrate.finish", "report"]
    for earlier, later in pairwise(order):
        assert later in dag.get_task(earlier).downstream_task_ids
    assert dag.get_task("report").trigger_rule == "all_done"


def test_the_form_offers_only_what_a_request_understands(bag):
    """A field that the request does not know would fail every run started from the UI."""
    from cloudflow_lib.workflows.request_migrations import MigrationRequest

    assert set(bag.dags["migrate_files"].params) == set(MigrationRequest.model_fields)


def test_the_campaigns_form_offers_what_its_request_understands_and_a_campaign_to_carry_on(bag):
    from cloudflow_lib.workflows.open_campaign import CampaignRequest

    assert set(bag.dags["migrate_campaign"].params) == {*CampaignRequest.model_fields, "campaign_id"}


def test_a_campaign_is_planned_moved_in_bundles_and_reported(bag):
    dag = bag.dags["migrate_campaign"]

    for earlier, later in pairwise(["plan", "move", "report"]):
        assert later in dag.get_task(earlier).downstream_task_ids
    assert dag.get_task("report").trigger_rule == "all_done"


def test_the_forms_defaults_are_refused_with_a_sentence_that_says_what_to_do(bag):
    from cloudflow_lib.workflows.plan_moves import parse
    from cloudflow_lib.workflows.request_migrations import MigrationRequest

    assert parse(MigrationRequest, bag.dags["migrate_files"].params.dump()).file_ids == ()


def test_a_permanent_error_is_not_tried_again_and_a_busy_or_full_store_is_with_jitter():
    from airflow.sdk.definitions.retry_policy import RetryAction

    from cloudflow_lib.errors import BucketNotFoundError, StoreFullError, StoreUnavailableError
    from cloudflow_plugin.defaults import Backoff

    assert Backoff().evaluate(BucketNotFoundError("no bucket"), 1, 3).action is RetryAction.FAIL
    for error in (StoreUnavailableError("busy"), StoreFullError("full")):
        waits = {Backoff().evaluate(error, 3, 3).retry_delay for _ in range(10)}
        assert len(waits) == 10
        assert all(2 <= wait.total_seconds() <= 8 for wait in waits)
