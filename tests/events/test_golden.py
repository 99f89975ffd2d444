"""Events are facts: what was once published must read the same for ever. Golden files are added, never edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest
from pydantic import ValidationError

from cloudflow_lib.domain.events import EVENT, Event, new_event_id
from cloudflow_lib.domain.topics import Topic

GOLDEN = Path(__file__).parent / "golden"
TYPES = {get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(get_args(Event)[0])}


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_type_has_a_golden_file_that_reads_and_writes_the_same(name):
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    event = EVENT.validate_python(golden)

    assert type(event) is TYPES[name]
    assert golden == json.loads(event.model_dump_json())
    assert event == EVENT.validate_json(event.model_dump_json())


def test_no_golden_file_has_lost_its_type():
    assert sorted(TYPES) == sorted(path.stem for path in GOLDEN.glob("*.json"))


def test_a_migration_says_until_when_its_original_is_kept():
    """Older events do not, and say nothing of it when they are read."""
    golden = json.loads((GOLDEN / "io.cloudflow.migration.advanced.v1.json").read_text(encoding="utf-8"))
    golden["data"] |= {"state": "switched", "quarantined_until": "2026-03-08T12:00:04Z"}

    assert golden == json.loads(EVENT.validate_python(golden).model_dump_json())


@pytest.mark.parametrize("kind", TYPES.values(), ids=list(TYPES))
def test_every_type_has_a_topic(kind):
    assert kind.topic in set(Topic)


@pytest.mark.parametrize(
    "change", [{"type": "io.cloudflow.file.sung.v1"}, {"extra": 1}, {"time": "2026-03-01T12:00:00"}]
)
def test_what_is_no_fact_of_ours_is_refused(change):
    golden = json.loads((GOLDEN / "io.cloudflow.file.discovered.v1.json").read_text(encoding="utf-8"))

    with pytest.raises(ValidationError):
        EVENT.validate_python({**golden, **change})


def test_event_ids_are_unique_and_sorted_by_the_millisecond():
    ids = [new_event_id() for _ in range(5000)]

    assert 5000 == len(set(ids))
    assert {7} == {UUID(found).version for found in ids}
    assert [found[:13] for found in ids] == sorted(found[:13] for found in ids)
