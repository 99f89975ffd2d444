"""The command line answers in one line, with the exit code that scripts expect."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloudflow_cli import main
from cloudflow_cli.commands import stack
from cloudflow_lib.errors import CloudFlowError, WrongInputError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def cloudflow(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CLOUDFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main.run(list(arguments))
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return run


def test_the_version_is_the_project_s(cloudflow):
    number = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert (0, f"cloudflow {number}\n", "") == cloudflow("version")
    assert {"version": number} == json.loads(cloudflow("version", "--json")[1])


def test_without_a_word_it_shows_its_commands(cloudflow):
    code, told, _ = cloudflow()

    assert 0 == code
    assert all(name in told for name in ("up", "down", "status", "doctor", "scan", "migrate", "events"))


@pytest.mark.parametrize("arguments", [["fly"], ["up", "--port-offset", "many"], ["status", "--loud"]])
def test_wrong_usage_is_one_line_and_exit_code_2(cloudflow, arguments):
    code, out, err = cloudflow(*arguments)

    assert (2, "") == (code, out)
    assert re.fullmatch(r"cloudflow: [^\n]+\n", err)


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (CloudFlowError("the disk is full"), 1, "cloudflow: the disk is full\n"),
        (WrongInputError("no such port"), 2, "cloudflow: no such port\n"),
        (KeyboardInterrupt(), 130, ""),
        (EOFError(), 130, "\ncloudflow: stopped\n"),  # Ctrl-D where a secret is asked for
    ],
)
def test_an_error_is_one_line_and_never_a_traceback(cloudflow, monkeypatch, error, code, told):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("cloudflow_cli.stack.layout.current_layout", fail)

    assert (code, "", told) == cloudflow("status")


@pytest.mark.parametrize(
    ("left", "told"),
    [
        ([1, 2], "2 processes go on starting: `cloudflow status` shows them, `cloudflow down` ends them"),
        ([], "nothing runs: `cloudflow up` carries on with what is built already"),
    ],
)
def test_a_start_that_is_stopped_by_ctrl_c_says_what_it_leaves(cloudflow, monkeypatch, left, told):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("cloudflow_cli.stack.launcher.start", stopped)
    monkeypatch.setattr("cloudflow_cli.stack.leftovers.find_processes", lambda _: left)

    assert (130, "", f"cloudflow: stopped; {told}\n") == cloudflow("up", "--json")


def test_the_status_of_a_stack_that_is_down_says_how_to_start_it(cloudflow):
    assert (1, "The stack is down: `cloudflow up` starts it.\n", "") == cloudflow("status")
    code, out, _ = cloudflow("status", "--json")
    assert (1, {"processes": []}) == (code, json.loads(out))


def test_stopping_what_does_not_run_is_no_error_and_makes_no_home(cloudflow, tmp_path):
    code, out, _ = cloudflow("down")

    assert (0, "The stack is down.\n") == (code, out)
    assert not (tmp_path / "home").exists()


def test_a_folder_that_is_no_stack_is_never_removed(cloudflow, tmp_path):
    precious = tmp_path / "home" / "photos"
    precious.mkdir(parents=True)

    code, _, err = cloudflow("down", "--forget")

    assert 1 == code
    assert "does not look like a stack's home" in err
    assert precious.is_dir()


def test_a_stopped_stack_can_be_forgotten(cloudflow, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ports.json").write_text("{}")

    assert 0 == cloudflow("down", "--forget")[0]
    assert not (tmp_path / "home").exists()


def test_doctor_names_what_is_missing_and_fails(cloudflow, monkeypatch):
    monkeypatch.setattr("cloudflow_cli.stack.programs.shutil.which", lambda *_, **__: None)
    from cloudflow_cli.stack.programs import installed_version

    installed_version.cache_clear()
    code, out, _ = cloudflow("doctor", "--json")
    installed_version.cache_clear()

    found = {check["what"]: check for check in json.loads(out)["checks"]}
    assert 1 == code
    assert not found["java"]["is_good"]
    assert found["java"]["advice"].startswith("java is missing: install version 17 or later")


@pytest.mark.parametrize("name", ["up", "down", "status", "doctor"])
def test_every_command_explains_itself(name):
    shown = CliRunner().invoke(main.app, [name, "--help"])

    assert 0 == shown.exit_code
    assert getattr(stack, name).__doc__.strip().splitlines()[0].rstrip(".") in re.sub(r"\s+", " ", shown.output)
