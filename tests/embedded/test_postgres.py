"""PostgreSQL starts again, however it ended."""

import os

import psutil
import pytest

pytestmark = pytest.mark.servers


def kill_hard(server, data):
    """Kill it with all it started, as a machine that stops does."""
    family = [psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))]
    family += family[0].children(recursive=True)
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=10)
    server.wait()


def test_it_starts_although_the_number_of_the_killed_one_means_another_program_now(postgres):
    with postgres.running() as server:
        kill_hard(server, postgres.data)
    for lock in (postgres.data / "postmaster.pid", *postgres.sockets.glob(".s.PGSQL.*.lock")):
        _, *rest = lock.read_text().split("\n")
        lock.write_text("\n".join([str(os.getppid()), *rest]))  # whoever runs the tests

    with postgres.running():
        postgres.connect().close()


def test_a_lock_is_left_alone_while_somebody_works_in_its_folder(postgres):
    with postgres.running():
        second = psutil.Popen([str(word) for word in postgres.command])

        assert 0 != second.wait(timeout=30)
        postgres.connect().close()
        assert (postgres.data / "postmaster.pid").exists()
