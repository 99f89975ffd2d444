"""What is said of a supervisor by how its socket answers."""

import socket

import pytest

from cloudflow_cli.stack import supervisor
from cloudflow_cli.stack.layout import Layout
from cloudflow_cli.stack.supervisor import Supervisor
from cloudflow_lib.errors import CloudFlowError


@pytest.fixture
def listening(tmp_path):
    layout = Layout(root=tmp_path, home=tmp_path)
    layout.supervisor_socket.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(layout.supervisor_socket))
        server.listen()
        yield layout, server


def test_one_that_listens_and_is_too_busy_to_answer_is_not_taken_for_dead(listening, monkeypatch):
    monkeypatch.setattr(supervisor, "ANSWER_SECONDS", 0.2)
    layout, _ = listening

    assert Supervisor(layout).is_alive()
    with pytest.raises(CloudFlowError, match="does not answer"):
        Supervisor(layout).processes()


def test_a_socket_that_nobody_listens_at_is_that_of_a_dead_one(listening):
    layout, server = listening
    server.close()

    assert not Supervisor(layout).is_alive()


def test_without_a_socket_there_is_none(tmp_path):
    assert not Supervisor(Layout(root=tmp_path, home=tmp_path / "home")).is_alive()
