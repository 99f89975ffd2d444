"""Tools are built once, completely or not at all; missing programs are named."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudflow_cli.stack import programs, tools
from cloudflow_cli.stack.builders import BuildError, _run
from cloudflow_cli.stack.programs import PROGRAMS, Finding, install, read_version
from cloudflow_cli.stack.tools import Tool, ensure_tools, tool_folder
from cloudflow_lib.errors import CloudFlowError


@pytest.fixture
def kitchen(tmp_path, monkeypatch):
    """A cache of its own and one tool that counts how often it is built."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "recipe").write_text("one")
    built = []

    def build(recipe, target, log):
        del log
        built.append(threading.get_ident())
        (target / "program").write_text(recipe.read_text())

    tool = Tool("cake", ("recipe",), build, ())
    monkeypatch.setattr(tools, "TOOLS", (tool,))
    return tmp_path, tool, built


def test_a_tool_is_built_once(kitchen):
    deployment, tool, built = kitchen

    first = ensure_tools(deployment)
    second = ensure_tools(deployment)

    assert 1 == len(built)
    assert first == second == {"cake": tool_folder(tool, deployment)}
    assert "one" == (first["cake"] / "program").read_text()


def test_two_starts_at_once_build_it_once(kitchen):
    deployment, _, built = kitchen

    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda _: ensure_tools(deployment), range(4)))

    assert 1 == len(built)
    assert all(found[0] == other for other in found)


def test_a_changed_recipe_is_built_beside_the_old_one(kitchen):
    deployment, _, built = kitchen
    old = ensure_tools(deployment)["cake"]
    (deployment / "recipe").write_text("two")

    new = ensure_tools(deployment)["cake"]

    assert 2 == len(built)
    assert ("one", "two") == ((old / "program").read_text(), (new / "program").read_text())


def test_a_build_that_breaks_leaves_no_tool_behind_and_is_tried_again(kitchen, monkeypatch):
    deployment, tool, _ = kitchen
    broken = Tool("cake", ("recipe",), lambda *_: (_ for _ in ()).throw(BuildError("the oven is cold")), ())
    monkeypatch.setattr(tools, "TOOLS", (broken,))
    with pytest.raises(BuildError, match="the oven is cold"):
        ensure_tools(deployment)
    assert not tool_folder(broken, deployment).exists()

    monkeypatch.setattr(tools, "TOOLS", (tool,))

    assert ensure_tools(deployment)["cake"].is_dir()


def test_a_failing_build_tells_its_last_words_in_one_line(tmp_path):
    with pytest.raises(BuildError) as failed:
        _run(["sh", "-c", "echo first; echo the disk is full; exit 3"], tmp_path, tmp_path / "log")

    assert "the disk is full" in str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_build_without_its_program_says_which(tmp_path):
    with pytest.raises(BuildError, match="no-such-program is missing: `cloudflow doctor` says how to get it"):
        _run(["no-such-program"], tmp_path, tmp_path / "log")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ('openjdk version "17.0.15" 2025-04-15', (17, 0, 15)),
        ('openjdk version "21" 2023-09-19', (21,)),
        ("\x1b[1mApache Maven 3.8.7\x1b[m", (3, 8, 7)),
        ("v20.20.2", (20, 20, 2)),
        ("11.19.1", (11, 19, 1)),
        ("command not found", None),
    ],
)
def test_versions_are_read_as_programs_tell_them(text, version):
    assert version == read_version(text)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_missing_program_is_named_with_the_way_to_get_it(program):
    advice = Finding(program, None).advice

    assert advice.startswith(f"{program.name} is missing: install version ")
    assert program.packages[0] in advice


def test_an_old_program_is_not_enough():
    old = Finding(PROGRAMS[0], (1, 19, 8))

    assert not old.is_enough
    assert "go is 1.19.8, too old" in old.advice


def test_without_root_nothing_is_installed(monkeypatch):
    monkeypatch.setattr(programs, "can_install", lambda: False)

    with pytest.raises(CloudFlowError, match="java is missing: install version 17 or later"):
        install([Finding(PROGRAMS[1], None)])


def test_nothing_missing_needs_no_installer(monkeypatch):
    monkeypatch.setattr(programs, "can_install", lambda: pytest.fail("nobody should ask"))

    install([])
