"""The example of a consumer works as it stands, on every topic."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher
from cloudflow_lib.domain.asyncapi import event_types
from cloudflow_lib.domain.events import EVENT
from cloudflow_lib.domain.events.facts import type_of

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "consume_topic.py"
GOLDEN = Path(__file__).parent / "golden"
TOPICS = sorted({kind.topic for kind in event_types()})

pytestmark = pytest.mark.servers


def test_the_example_is_short():
    assert 30 >= len(EXAMPLE.read_text().splitlines())


@pytest.mark.parametrize("topic", TOPICS)
def test_the_example_prints_what_happens(kafka, topic):
    kind = next(kind for kind in event_types() if kind.topic is topic)
    event = EVENT.validate_json((GOLDEN / f"{type_of(kind)}.json").read_text(encoding="utf-8"))
    publisher = KafkaPublisher(kafka, {})
    publisher.publish([event])
    publisher.close()
    words = [sys.executable, str(EXAMPLE), kafka, topic.value, "1"]
    told = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout

    assert 4 == len(told.split())
    assert "io.cloudflow." in told
