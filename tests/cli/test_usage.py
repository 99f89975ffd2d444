"""The command line without any server: its help, and one line for whatever goes wrong."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from cloudflow_cli.main import app
from tests.cli.answers import assert_one_line
from tests.cli.forks import run_forked
from tests.stack.running import CLOUDFLOW, OTHERS

NOBODY = "127.0.0.1:9"
"""Port 9 (discard): nobody listens there."""
MOST_CHARACTERS = 240
"""Three lines of a terminal: what a driver says of its topology helps nobody."""
UNREACHABLE = {
    "CLOUDFLOW_CONFIG": "/dev/null",
    "CLOUDFLOW_MONGO__URL": f"mongodb://{NOBODY}/?directConnection=true",
    "CLOUDFLOW_MONGO__TIMEOUT_MS": "300",
    "CLOUDFLOW_KAFKA__BOOTSTRAP_SERVERS": NOBODY,
    "CLOUDFLOW_AIRFLOW__URL": f"http://{NOBODY}",
}


def commands(command, path=()):
    """Yield the words of every command and group."""
    yield path
    for name, child in sorted(getattr(command, "commands", {}).items()):
        yield from commands(child, (*path, name))


ROOT_COMMAND = typer.main.get_command(app)
COMMANDS = list(commands(ROOT_COMMAND))


def described(path):
    command = ROOT_COMMAND
    for name in path:
        command = command.commands[name]
    return command


def words_of(path):
    return " ".join(path) or "cloudflow"


def ask(*words, **environment):
    return run_forked(*words, **OTHERS, **environment)


WRONG = [
    ("nonsense",),
    ("locations", "nonsense"),
    ("up", "--port-offset", "many"),
    ("up", "--port-offset", "70000"),
    ("down", "now"),
    ("scan", "--deep"),
    ("ingest", "--all"),
    ("classify", "s3-main", "gcs-main"),
    ("files", "--tier", "lukewarm"),
    ("files", "--limit", "5000"),
    ("migrate",),
    ("migrate", "s3-main", "--tier", "lukewarm"),
    ("migrate", "s3-main", "gcs-main", "--limit", "0"),
    ("migrate", "s3-main", "gcs-main", "--quarantine-days", "-1"),
    ("migrate", "/prefix", "gcs-main"),
    ("migrations", "--limit", "0"),
    ("campaigns", "start", "s3-main"),
    ("campaigns", "start", "s3-main", "gcs-main", "--max-files", "0"),
    ("campaigns", "pause"),
    ("migrations", "cancel"),
    ("migrations", "undo", "it"),
    ("locations", "add", "s3-main"),
    ("locations", "list", "all"),
    ("locations", "test"),
    ("credentials", "add", "key", "ftp", "--owner", "team-docs"),
    ("credentials", "add", "key", "memory", "--owner", "team-docs"),
    ("credentials", "add", "key", "s3", "--owner", "team-docs"),
    ("credentials", "add", "key", "s3", "--owner", "team-docs", "--secret-env", "NOT_SET_ANYWHERE"),
    ("credentials", "add", "key", "s3", "--owner", "team-docs", "--secret-file", "/nonexistent"),
    ("credentials", "list", "all"),
    ("events", "tail", "--since", "yesterday"),
    ("events", "tail", "--since", "999999999d"),
    ("events", "tail", "--since", "99999999999999999999h"),
    ("events", "tail", "--topic", "gossip"),
    ("relay", "--twice"),
    ("consume", "nobody"),
    ("dead-letters", "--handler", "nobody"),
    ("costs", "import", "/nonexistent"),
    ("consume", "--since", "yesterday"),
    ("traces", "make", "/nonexistent", "--objects", "99999999999999999999"),
    ("traces", "make", "/nonexistent", "--days", "100000000"),
    *((*path, "--no-such-option") for path in COMMANDS),
]


def test_help_waits_for_nothing_that_only_work_needs():
    look = "import sys, cloudflow_cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", look], stdout=subprocess.PIPE, text=True, check=True).stdout.split()

    assert set() == {"pydantic", "numpy", "polars", "httpx", "pymongo", "confluent_kafka"}.intersection(loaded)


@pytest.mark.parametrize("path", COMMANDS, ids=words_of)
def test_every_help_says_in_a_sentence_what_the_command_does(path):
    answer = ask(*path, "--help")

    text = " ".join(answer.stdout.split())
    sentence = " ".join(described(path).help.strip().split("\n\n")[0].split())
    assert answer.returncode == 0
    assert "" == answer.stderr
    assert f"Usage: cloudflow {' '.join(path)}".strip() in text
    assert len(sentence.split()) >= 3
    assert sentence.endswith(".")
    assert sentence in text


@pytest.mark.parametrize("path", [path for path in COMMANDS if path], ids=words_of)
def test_every_argument_and_option_says_what_it_is(path):
    nameless = [parameter.name for parameter in described(path).params if not getattr(parameter, "help", "")]

    assert [] == nameless


@pytest.mark.parametrize("path", [path for path in COMMANDS if not hasattr(described(path), "commands")], ids=words_of)
def test_every_command_speaks_json_to_programs(path):
    assert "--json" in {option for parameter in described(path).params for option in parameter.opts}


@pytest.mark.parametrize("words", [("version",), ("prices", "show", "aws"), ("prices", "show", "aws", "--json")])
def test_an_answer_that_cannot_be_written_is_a_failure_in_one_line(words):
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run([str(CLOUDFLOW), *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert 1 == answer.returncode
    assert 1 == len(answer.stderr.splitlines())
    assert "No space left" in answer.stderr


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_usage_gives_one_line_and_exit_code_2(words):
    answer = ask(*words, **UNREACHABLE)

    assert answer.returncode == 2
    assert_one_line(answer)


@pytest.mark.parametrize(
    "words",
    [
        ("scan",),
        ("ingest",),
        ("classify",),
        ("files",),
        ("migrate", "s3-main", "gcs-main"),
        ("migrations",),
        ("migrations", "cancel", "an-id"),
        ("campaigns",),
        ("campaigns", "start", "s3-main", "gcs-main"),
        ("campaigns", "pause", "an-id"),
        ("campaigns", "resume", "an-id"),
        ("migrations", "rollback", "an-id"),
        ("locations", "list"),
        ("locations", "test", "s3-main"),
        ("credentials", "list"),
        ("events", "tail", "--no-follow"),
        ("relay", "--once"),
    ],
    ids=" ".join,
)
def test_a_server_that_does_not_answer_gives_one_line_and_exit_code_1(words):
    answer = ask(*words, **UNREACHABLE)

    assert answer.returncode == 1
    assert_one_line(answer)
    assert NOBODY in answer.stderr
    assert len(answer.stderr) < MOST_CHARACTERS
