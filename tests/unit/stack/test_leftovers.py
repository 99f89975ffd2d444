"""Processes that a dead supervisor leaves are found and ended, and nobody else's are."""

import os
import subprocess
import time

import psutil
import pytest

from cloudflow_cli.stack import leftovers
from cloudflow_cli.stack.layout import Layout
from cloudflow_cli.stack.leftovers import end_processes, find_processes, remember_session


@pytest.fixture
def layout(tmp_path):
    layout = Layout(root=tmp_path, home=tmp_path / "home")
    layout.make_folders()
    return layout


@pytest.fixture
def run():
    started = []

    def start(command, **options):
        child = subprocess.Popen(command, **options)
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.wait()


def wait_for_the_mark(child):
    """A process that was just started shows an empty environment until its program is loaded."""
    until = time.monotonic() + 5
    while "CLOUDFLOW_STACK" not in psutil.Process(child.pid).environ():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_marked_process_is_found_and_ended(layout, run):
    child = run(["sleep", "60"], env={**os.environ, "CLOUDFLOW_STACK": str(layout.home)})
    wait_for_the_mark(child)

    assert [child.pid] == [process.pid for process in find_processes(layout)]
    assert 1 == end_processes(layout)
    assert [] == find_processes(layout)


def test_the_mark_of_another_stack_is_left_alone(layout, run):
    child = run(["sleep", "60"], env={**os.environ, "CLOUDFLOW_STACK": "/another/home"})
    wait_for_the_mark(child)

    assert [] == find_processes(layout)


def test_one_that_ignores_a_polite_request_is_ended_firmly(layout, run, monkeypatch):
    monkeypatch.setattr(leftovers, "POLITE_SECONDS", 0.3)
    stubborn = "trap '' TERM; echo set; while :; do sleep 0.1; done"
    child = run(["sh", "-c", stubborn], env={**os.environ, "CLOUDFLOW_STACK": str(layout.home)}, stdout=subprocess.PIPE)
    child.stdout.readline()

    end_processes(layout)
    child.stdout.close()

    assert not psutil.pid_exists(child.pid)


def test_an_orphan_without_a_mark_is_found_by_its_session(layout, run):
    leader = run(["sh", "-c", "sleep 60 & echo $!; wait"], start_new_session=True, stdout=subprocess.PIPE)
    orphan = int(leader.stdout.readline())
    remember_session(layout, leader.pid)
    leader.kill()
    leader.wait()
    leader.stdout.close()

    assert [orphan] == [process.pid for process in find_processes(layout)]
    assert 1 == end_processes(layout)
    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE


def test_a_number_that_now_means_another_session_does_not_count(layout, run, monkeypatch):
    leader = run(["sleep", "60"], start_new_session=True)
    remember_session(layout, leader.pid)
    assert [leader.pid] == [process.pid for process in find_processes(layout)]

    monkeypatch.setattr(leftovers, "SAME_MOMENT_SECONDS", -1.0)  # as if it were started at another time

    assert [] == find_processes(layout)


def test_a_session_of_an_earlier_start_of_the_machine_does_not_count(layout, run, monkeypatch):
    leader = run(["sh", "-c", "sleep 60 & echo $!; wait"], start_new_session=True, stdout=subprocess.PIPE)
    leader.stdout.readline()
    remember_session(layout, leader.pid)
    leader.kill()
    leader.wait()
    leader.stdout.close()
    assert 1 == len(find_processes(layout))

    with monkeypatch.context() as patch:  # the same number, given to somebody else's session whose leader ended
        patch.setattr(leftovers, "running_system", lambda: "another start")
        found = find_processes(layout)

    end_processes(layout)
    assert [] == found


@pytest.mark.parametrize("text", ["", "[]", '{"leader": 1, "started": 2.0}'])
def test_a_session_file_that_is_damaged_or_of_another_version_counts_as_none(layout, text):
    (layout.run / "session.json").write_text(text)

    assert [] == find_processes(layout)


def test_idle_workers_of_a_killed_scheduler_are_ended_and_busy_ones_are_not(layout, run):
    title = "airflow worker -- LocalExecutor: <idle>"
    scheduler = run(
        ["bash", "-c", f"(exec -a '{title}' sleep 60) & (exec -a '{title}' bash -c 'sleep 60; :') & echo ready; wait"],
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    scheduler.stdout.readline()
    remember_session(layout, scheduler.pid)
    until = time.monotonic() + 5
    while len(psutil.Process(scheduler.pid).children(recursive=True)) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    assert 0 == leftovers.end_idle_workers(layout)  # their scheduler lives
    scheduler.kill()
    scheduler.wait()
    scheduler.stdout.close()

    assert 1 == leftovers.end_idle_workers(layout)
    assert 0 < end_processes(layout)
