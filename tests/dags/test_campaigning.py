"""What the tasks of a campaign tell its workflows: above all, whose run they are of."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException

from cloudflow_lib import bootstrap
from cloudflow_lib.errors import StoreUnavailableError
from cloudflow_lib.workflows import move_bundle as moving
from tests.dags.test_dags import plugins_on_the_path
from tests.migration.conftest import build_bench

__all__ = ["plugins_on_the_path"]

WISH = {"source_location": "here", "destination_location": "there"}


@pytest.fixture
def bench(monkeypatch):
    bench = build_bench()
    bench.put_file("raw/a.bin", b"abc")
    monkeypatch.setattr(bootstrap, "services", lambda: bench.services)
    return bench


@pytest.fixture
def as_task(monkeypatch):
    """Let what follows be a task's last try, in a run of that id and with those parameters."""
    from cloudflow_plugin import campaigning

    def be(run_id, params):
        run = SimpleNamespace(run_id=run_id, triggering_user_name="team-docs")
        context = {"dag_run": run, "params": params, "ti": SimpleNamespace(try_number=4, max_tries=3)}
        monkeypatch.setattr(campaigning, "get_current_context", lambda: context)

    return be


def test_only_tasks_of_the_run_that_carries_a_campaign_move_it_or_give_it_up(bench, as_task, monkeypatch):
    from cloudflow_plugin import campaigning

    as_task("run-1", WISH)
    [bundle_id] = campaigning.plan()
    as_task("run-2", {"campaign_id": "run-1"})
    assert [bundle_id] == campaigning.plan()

    as_task("run-1", WISH)
    assert [bundle_id] == campaigning.plan()  # tried again, it takes nothing back
    assert 1 == campaigning.move(bundle_id)["waiting"]

    def break_off(*_args):
        raise StoreUnavailableError("no answer")

    with monkeypatch.context() as broken:
        broken.setattr(moving, "move_bundle", break_off)
        with pytest.raises(AirflowFailException):
            campaigning.move(bundle_id)
    assert 0 == bench.catalog.campaign_progress("run-1").failed.files

    as_task("run-2", {"campaign_id": "run-1"})
    assert 1 == campaigning.move(bundle_id)["moved"]
