"""The command line, as people and programs meet it: always as a process of its own."""

import json

import pytest

from tests.cli.answers import assert_one_line


@pytest.mark.parametrize(
    "words",
    [
        ("scan", "nowhere"),
        ("classify", "nowhere"),
        ("files", "nowhere"),
        ("migrate", "nowhere", "s3-main"),
        ("migrations", "cancel", "an-id-that-nobody-has"),
        ("campaigns", "start", "nowhere", "s3-main"),
        ("campaigns", "resume", "an-id-that-nobody-has"),
        ("locations", "test", "nowhere"),
        ("locations", "add", "place", "bucket", "--credential", "nobody", "--owner", "team-docs"),
    ],
    ids=" ".join,
)
def test_a_name_that_nobody_knows_is_wrong_usage(stack, words):
    answer = stack.cli(*words, is_checked=False)

    assert answer.returncode == 2
    assert_one_line(answer)
    assert words[-1] in answer.stderr or "no" in answer.stderr


@pytest.mark.parametrize(
    ("words", "is_list"),
    [
        (("version",), False),
        (("status",), False),
        (("doctor",), False),
        (("scan", "{place}"), False),
        (("ingest", "{place}"), False),
        (("classify", "{place}"), False),
        (("files", "{place}", "--limit", "3"), False),
        (("migrations", "--limit", "3"), True),
        (("campaigns", "--limit", "3"), True),
        (("locations", "list"), True),
        (("credentials", "list"), True),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_json_output_is_json(stack, places, words, is_list):
    named = [word.format(place=places["s3"].name) for word in words]

    answer = stack.cli(*named, "--json")

    assert isinstance(json.loads(answer.stdout), list if is_list else dict)
    assert "" == answer.stderr


def test_a_migration_from_the_command_line_prints_how_each_file_went(stack, places, put_files):
    file = put_files(places["s3"], {"note.txt": b"From the command line."})["note.txt"]
    folder = file.key.removesuffix("note.txt")

    answer = stack.cli(
        "migrate", f"{places['s3'].name}/{folder}", places["azure"].name, "--quarantine-days", "0", "--json"
    )

    told = json.loads(answer.stdout)
    assert told["state"] == "success"
    assert ["done"] == [move["state"] for move in told["migrations"]]
    assert places["azure"].bucket.get(file.key) == b"From the command line."


def test_a_migration_is_rolled_back_from_the_command_line(stack, places, put_files):
    file = put_files(places["s3"], {"back.txt": b"There and back again."})["back.txt"]
    folder = file.key.removesuffix("back.txt")
    answer = stack.cli("migrate", f"{places['s3'].name}/{folder}", places["gcs"].name, "--json")
    [move] = json.loads(answer.stdout)["migrations"]
    too_late = stack.cli("migrations", "cancel", move["migration_id"], is_checked=False)

    back = stack.cli("migrations", "rollback", move["migration_id"])

    assert 1 == too_late.returncode
    assert "roll the migration back instead" in too_late.stderr
    assert f"{places['s3'].name}/{file.key}: rolled back" in back.stdout
    assert b"There and back again." == places["s3"].bucket.get(file.key)
    assert [] == places["gcs"].bucket.keys(folder)


def test_a_refused_migration_from_the_command_line_is_a_failure(stack, places):
    answer = stack.cli("migrate", f"{places['s3'].name}/no/such/folder", places["gcs"].name, is_checked=False)

    assert answer.returncode == 1
    assert "no file matches" in answer.stdout


def test_events_can_be_read_again_one_json_object_a_line(stack, places, put_files):
    file = put_files(places["s3"], {"seen.txt": b"Found by a scan."})["seen.txt"]
    stack.cli("relay", "--once")

    answer = stack.cli("events", "tail", "--since", "5m", "--no-follow", "--topic", "file-events", "--json")

    told = [json.loads(line) for line in answer.stdout.splitlines()]
    assert file.file_id in {event["subject"] for event in told}


def test_a_second_up_finds_what_runs(stack):
    before = {process.pid for process in stack.own_processes()}

    answer = stack.cli("up")

    assert "up already" in answer.stdout
    assert stack.process("kafka").pid in before
