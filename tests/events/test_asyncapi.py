"""The description of the topics is what the code publishes, and every golden event fits it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from cloudflow_lib.domain.asyncapi import describe, event_types
from cloudflow_lib.domain.events.facts import type_of
from cloudflow_lib.domain.topics import DEAD_LETTERS, Topic

CHECKED_IN = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def document():
    return yaml.safe_load(CHECKED_IN.read_text(encoding="utf-8"))


def test_the_checked_in_description_is_that_of_the_code(document):
    """When this fails: `make asyncapi`."""
    assert describe(document["info"]["version"]) == document


def test_every_topic_has_a_channel_and_every_event_a_place_in_one(document):
    assert {*(topic.value for topic in Topic), DEAD_LETTERS} == set(document["channels"])
    of_topics = (channel for name, channel in document["channels"].items() if name != DEAD_LETTERS)
    placed = [name for channel in of_topics for name in channel["messages"]]
    assert sorted(placed) == [type_of(kind) for kind in event_types()]


@pytest.mark.parametrize("name", [type_of(kind) for kind in event_types()])
def test_every_golden_event_fits_its_schema(document, name):
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    schema = document["components"]["messages"][name]["payload"]["schema"]

    jsonschema.validate(golden, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**golden, "surprise": 1}, schema)
