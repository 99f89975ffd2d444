"""A home is started, stopped and forgotten by one at a time, and whatever interrupts it leaves a way out."""

import os
import shutil
import socket
import subprocess
import threading

import pytest

from cloudflow_cli.stack import launcher
from cloudflow_cli.stack.generated import ensure_secrets
from cloudflow_cli.stack.layout import Layout
from cloudflow_cli.stack.ports import Ports, remember_ports
from cloudflow_lib.errors import CloudFlowError
from tests.unit.stack.test_leftovers import wait_for_the_mark

PATIENCE_SECONDS = 10


@pytest.fixture
def layout(tmp_path):
    return Layout(root=tmp_path, home=tmp_path / "home")


@pytest.fixture
def home(layout):
    """A home with data and with the secrets that open them."""
    layout.make_folders()
    remember_ports(layout.ports_file, Ports())
    ensure_secrets(layout)
    (layout.data / "mongo").write_text("data")
    return layout.home


def interrupted(*_, **__):
    raise KeyboardInterrupt


def test_an_interrupted_removal_leaves_no_data_without_their_secrets(layout, home, monkeypatch):
    monkeypatch.setattr(shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        launcher.forget(layout)

    assert not home.exists()
    monkeypatch.undo()
    launcher.forget(layout)
    assert [] == list(home.parent.iterdir())


def test_what_an_interrupted_removal_left_does_not_stop_the_next_one(layout, home, tmp_path):
    (tmp_path / "home.forgotten" / "data").mkdir(parents=True)

    launcher.forget(layout)

    assert [] == list(home.parent.iterdir())


def test_a_home_whose_start_was_refused_can_be_forgotten(layout, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        monkeypatch.setenv("CLOUDFLOW_PORT_AIRFLOW", str(foreign.getsockname()[1]))
        with pytest.raises(CloudFlowError, match="wanted by airflow, is taken"):
            launcher.start(layout, lambda *_: None, offset=0)

    launcher.forget(layout)

    assert not layout.home.exists()


def test_a_taken_port_is_told_before_anything_is_built(layout, monkeypatch):
    monkeypatch.setattr(launcher, "ensure_tools", lambda *_: pytest.fail("it builds first"))
    monkeypatch.setattr(launcher, "install", lambda *_: pytest.fail("it installs first"))
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        monkeypatch.setenv("CLOUDFLOW_PORT_AIRFLOW", str(foreign.getsockname()[1]))
        with pytest.raises(CloudFlowError, match="wanted by airflow, is taken"):
            launcher.start(layout, lambda *_: None, offset=0)


def test_a_stack_that_was_started_again_meanwhile_is_not_forgotten(layout, home, monkeypatch):
    monkeypatch.setattr(launcher.Supervisor, "is_alive", lambda _: True)

    with pytest.raises(CloudFlowError, match="started again"):
        launcher.forget(layout)

    assert (home / "data" / "mongo").exists()


def test_a_home_behind_a_link_is_left_alone(home, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(home)

    with pytest.raises(CloudFlowError, match="is a link"):
        launcher.forget(Layout(root=tmp_path, home=link))

    assert link.is_symlink()
    assert (home / "secrets.json").exists()


def test_a_folder_that_is_no_home_gets_nothing_from_a_stop(layout):
    (layout.home / "photos").mkdir(parents=True)

    assert 0 == launcher.stop(layout)
    assert ["photos"] == [path.name for path in layout.home.iterdir()]


def test_a_stack_whose_home_was_removed_is_stopped_all_the_same(layout):
    with subprocess.Popen(["sleep", "60"], env={**os.environ, "CLOUDFLOW_STACK": str(layout.home)}) as orphan:
        try:
            wait_for_the_mark(orphan)
            assert 1 == launcher.stop(layout)
        finally:
            orphan.kill()


def test_who_waits_for_a_home_that_is_forgotten_begins_a_new_one(layout, home):
    inside = threading.Event()

    def begin():
        with launcher._alone(layout):
            inside.set()
            (home / "run" / "begun").touch()

    with launcher._alone(layout):
        second = threading.Thread(target=begin)
        second.start()
        assert not inside.wait(0.3)
        home.rename(layout.forgotten)
    second.join(PATIENCE_SECONDS)

    assert (home / "run" / "begun").exists()
    assert not (layout.forgotten / "run" / "begun").exists()


@pytest.mark.parametrize("name", ["ports.json", "secrets.json"])
@pytest.mark.parametrize("text", ["", "[]", '{"airflow": "s3cret", "airflow_users": "s3cret"}'])
def test_a_damaged_file_is_named_with_a_way_out_and_never_quoted(layout, home, monkeypatch, name, text):
    (home / name).write_text(text)
    monkeypatch.setattr(launcher, "refuse_taken_ports", lambda _: None)
    monkeypatch.setattr(launcher, "install", lambda _: None)
    monkeypatch.setattr(launcher, "missing_tools", lambda _: [])
    monkeypatch.setattr(launcher, "ensure_tools", lambda *_: {})

    with pytest.raises(CloudFlowError, match=f"{name} is damaged") as refused:
        launcher.start(layout, lambda *_: None)

    assert "s3cret" not in str(refused.value)
