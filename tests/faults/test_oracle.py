"""The oracle finds each thing that must never be, and nothing where all is well."""

from dataclasses import replace

import pytest

from benchmarks._faults_world import Story
from benchmarks._oracle import Evidence, FileRecord, MoveRecord, Verdict, judge

KEY, DATA = "a", b"the owner's bytes"
STATES = ("queued", "validated", "copied", "verified", "switched", "done")


def a_move(state="done", states=STATES, error=""):
    return MoveRecord(migration_id="m", key=KEY, state=state, states=states, error=error)


def a_file(place="there", held_by=None):
    return FileRecord(place=place, key=KEY, is_present=True, held_by=held_by)


def told(*states):
    return [(f"event-{state}", "m", state) for state in states]


MOVED = Evidence(
    stories=[Story(key=KEY, versions=[DATA])],
    here={},
    there={KEY: DATA},
    unfinished=0,
    moves=[a_move()],
    files=[a_file()],
    quarantined=0,
    told=told(*STATES),
)
FAILED = replace(
    MOVED,
    here={KEY: DATA},
    there={},
    moves=[a_move("failed", ("queued", "failed"), "because")],
    files=[a_file("here")],
    told=told("queued", "failed"),
)
OVERWRITTEN = Story(key=KEY, versions=[DATA, b"newer"])


def verdicts(evidence):
    return {finding.verdict for finding in judge(evidence)}


@pytest.mark.parametrize(
    "evidence",
    [
        MOVED,
        FAILED,
        replace(MOVED, told=[*told(*STATES), ("event-done", "m", "done")]),
        replace(FAILED, stories=[Story(key=KEY, versions=[DATA], is_deleted=True)], here={}, files=[]),
        replace(MOVED, stories=[OVERWRITTEN], here={KEY: b"newer"}, files=[a_file(), a_file("here")]),
    ],
    ids=[
        "moved",
        "failed",
        "an event repeated under its id",
        "deleted by its owner",
        "overwritten after it was verified",
    ],
)
def test_nothing_is_wrong_where_all_is_well(evidence):
    assert [] == judge(evidence)


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        (replace(MOVED, there={}), Verdict.LOST),
        (replace(MOVED, files=[]), Verdict.LOST),
        (replace(MOVED, there={KEY: b"the owner's bites"}), Verdict.CORRUPTED),
        (replace(MOVED, stories=[OVERWRITTEN]), Verdict.WRONGLY_DELETED),
        (replace(FAILED, stories=[Story(key=KEY, versions=[DATA], stranger=b"theirs")]), Verdict.WRONGLY_DELETED),
        (replace(FAILED, there={KEY: DATA}), Verdict.LEFT_BEHIND),
        (replace(MOVED, here={KEY: DATA}), Verdict.STUCK),
        (replace(MOVED, files=[a_file(held_by="m")]), Verdict.STUCK),
        (replace(MOVED, moves=[a_move("switched", STATES[:-1])], told=told(*STATES[:-1])), Verdict.STUCK),
        (replace(MOVED, quarantined=1), Verdict.STUCK),
        (replace(MOVED, unfinished=1), Verdict.ABANDONED_UPLOAD),
        (replace(MOVED, told=told(*STATES[:-1])), Verdict.EVENT_LOST),
        (replace(MOVED, told=[*told(*STATES), ("another", "m", "done")]), Verdict.EVENT_LOST),
        (replace(MOVED, told=told(*reversed(STATES))), Verdict.EVENT_LOST),
    ],
)
def test_what_must_never_be_is_found(evidence, verdict):
    assert {verdict} == verdicts(evidence)


def test_a_copy_of_which_the_error_tells_is_not_left_behind():
    told_of = a_move("failed", ("queued", "failed"), "full (an object lies at there/a: look whether somebody needs it)")

    assert [] == judge(replace(FAILED, there={KEY: DATA}, moves=[told_of]))
