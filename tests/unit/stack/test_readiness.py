"""A start is over when everything answers, and fails by the name of what does not."""

from datetime import UTC, datetime, timedelta

import pytest

from cloudflow_cli.stack.readiness import StartError, Watch
from cloudflow_cli.stack.supervisor import Process

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def process(name, status="Running", **changed):
    fields = {
        "name": name,
        "status": status,
        "is_ready": "-",
        "has_ready_probe": False,
        "restarts": 0,
        "exit_code": 0,
        "pid": 7,
        "mem": 0,
        "is_running": status == "Running",
    }
    return Process(**(fields | changed))


class Script:
    """A supervisor that shows one list of processes after the other, the last one for ever."""

    def __init__(self, *scenes):
        self.scenes = list(scenes)

    def processes(self):
        return self.scenes.pop(0) if len(self.scenes) > 1 else self.scenes[0]


@pytest.fixture
def watch(httpserver, tmp_path):
    def build(*scenes, beat=NOW + timedelta(seconds=5)):
        health = {
            "scheduler": {"status": "healthy", "latest_scheduler_heartbeat": beat.isoformat()},
            "triggerer": {"status": "unhealthy", "latest_triggerer_heartbeat": None},
        }
        httpserver.expect_request("/api/v2/monitor/health").respond_with_json(health)
        return Watch(Script(*scenes), airflow_url=httpserver.url_for("").rstrip("/"), logs=tmp_path, since=NOW)

    return build


def heard(watch, **options):
    said = []
    watch.until_ready(lambda name, word: said.append((name, word)), **{"timeout": 3, **options})
    return said


def test_a_start_waits_for_probes_and_for_one_shots(watch):
    waiting = [process("s3", has_ready_probe=True, is_ready="Not Ready"), process("kafka-topics")]
    ready = [process("s3", has_ready_probe=True, is_ready="Ready"), process("kafka-topics", "Completed")]

    assert [("s3", "ready"), ("kafka-topics", "done")] == heard(watch(waiting, ready))


def test_everything_is_told_once(watch):
    first = [process("a"), process("b", has_ready_probe=True)]
    then = [process("a"), process("b", has_ready_probe=True, is_ready="Ready")]

    assert [("a", "ready"), ("b", "ready")] == heard(watch(first, first, then))


def test_a_process_that_is_off_is_not_waited_for(watch):
    assert [("a", "ready")] == heard(watch([process("a"), process("relay", "Disabled")]))


def test_a_scheduler_is_ready_after_a_sign_of_life_from_this_start(watch):
    assert [("airflow-scheduler", "ready")] == heard(watch([process("airflow-scheduler")]))


def test_a_sign_of_life_from_the_start_before_does_not_count(watch):
    stale = watch([process("airflow-scheduler")], beat=NOW - timedelta(seconds=1))

    with pytest.raises(StartError, match="not ready after 1 s: airflow-scheduler"):
        heard(stale, timeout=1)


def test_a_triggerer_that_never_showed_up_is_waited_for(watch):
    with pytest.raises(StartError, match="not ready after 1 s: airflow-triggerer"):
        heard(watch([process("airflow-triggerer")]), timeout=1)


def test_a_process_that_keeps_dying_is_named_with_its_last_words(watch, tmp_path):
    (tmp_path / "s3.log").write_text("listening soon\nbind: address already in use\n")

    with pytest.raises(StartError) as failed:
        heard(watch([process("s3", "Restarting", restarts=3)]))

    assert str(failed.value).startswith("s3 does not start:\n")
    assert "bind: address already in use" in str(failed.value)
    assert str(tmp_path / "s3.log") in str(failed.value)


def test_the_cause_is_named_and_not_what_was_skipped_for_it(watch):
    scene = [process("airflow-api", "Skipped", exit_code=1), process("airflow-bootstrap", "Completed", exit_code=1)]

    with pytest.raises(StartError, match="airflow-bootstrap does not start"):
        heard(watch(scene))
