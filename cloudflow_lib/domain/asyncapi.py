"""The description of the event topics, as AsyncAPI 3.0; `docs/asyncapi.yaml` is this, and a test compares."""

from __future__ import annotations

from typing import Any, get_args

from cloudflow_lib.domain.events import Event, Fact
from cloudflow_lib.domain.events.facts import type_of
from cloudflow_lib.domain.topics import DEAD_LETTERS, Topic

SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"


DEAD_CHANNEL: dict[str, Any] = {
    "address": DEAD_LETTERS,
    "description": "What a handler could not act on: each record as it came. `cloudflow dead-letters` lists them, "
    "and hands them over again.",
    "messages": {
        "dead-letter": {
            "name": "dead-letter",
            "summary": "A record that a handler gave up, and why.",
            "headers": {
                "type": "object",
                "required": ["cf_handler", "cf_reason", "cf_topic", "cf_at"],
                "properties": {
                    "cf_handler": {"type": "string", "description": "Who could not act on it."},
                    "cf_reason": {"type": "string"},
                    "cf_topic": {"type": "string", "description": "Where it came from."},
                    "cf_at": {"type": "string", "format": "date-time"},
                },
            },
        }
    },
}


def event_types() -> list[type[Fact]]:
    """Return every type of event, by name."""
    return sorted(get_args(get_args(Event)[0]), key=type_of)


def describe(version: str) -> dict[str, Any]:
    """Return the description of all topics and of the events on each."""
    kinds = event_types()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "CloudFlow events",
            "version": version,
            "description": "What happened to files, migrations, mails, costs and alerts. Delivered at least once, "
            "in order per key; consumers recognise a repetition by `id`. The key of a record is the `user`.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic.value: _channel(topic, kinds) for topic in Topic} | {DEAD_LETTERS: DEAD_CHANNEL},
        "operations": {
            f"publish-{topic.value}": {"action": "send", "channel": {"$ref": f"#/channels/{topic.value}"}}
            for topic in Topic
        },
        "components": {"messages": {type_of(kind): _message(kind) for kind in kinds}},
    }


def _channel(topic: Topic, kinds: list[type[Fact]]) -> dict[str, Any]:
    names = [type_of(kind) for kind in kinds if kind.topic is topic]
    return {
        "address": topic.value,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _message(kind: type[Fact]) -> dict[str, Any]:
    return {
        "name": type_of(kind),
        "summary": (kind.__doc__ or "").strip().splitlines()[0],
        "payload": {"schemaFormat": SCHEMA_FORMAT, "schema": kind.model_json_schema()},
    }
