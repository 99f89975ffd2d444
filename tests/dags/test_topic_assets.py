"""Topics as assets: what wakes a schedule, and what does not."""

import asyncio
from pathlib import Path

import pytest

from cloudflow_lib.domain.events import EVENT
from cloudflow_lib.domain.topics import Topic

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "events" / "golden"
EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture(scope="module", autouse=True)
def plugins_on_the_path():
    """Airflow puts its plugins folder there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "plugins"))
        yield


@pytest.fixture(scope="module")
def assets():
    from cloudflow_plugin import topic_assets

    return topic_assets.TOPIC_ASSETS


def trigger_of(asset):
    [watcher] = asset.watchers
    return watcher.trigger


def golden(topic):
    """Return the golden events of a topic, as they lie in Kafka."""
    found = [path.read_bytes() for path in sorted(GOLDEN.glob("*.json"))]
    return [raw for raw in found if EVENT.validate_json(raw).topic is topic]


def woken(trigger, raws):
    async def stream():
        for raw in raws:
            yield raw

    async def collect():
        return [event.payload async for event in trigger.filter_shared_stream(stream())]

    return asyncio.run(collect())


@pytest.mark.parametrize("topic", list(Topic))
def test_every_topic_has_an_asset_that_its_events_wake(topic, assets):
    trigger = trigger_of(assets[topic])

    assert [topic.value] == trigger.topics
    told = woken(trigger, golden(topic))
    assert set(trigger.types) == {one["type"] for one in told} != set()
    assert all(set(one) == {"id", "type", "time", "user", "subject"} for one in told)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b'"x"', None])
def test_what_is_no_event_wakes_nobody_and_stops_nobody(raw, assets):
    raws = [raw, *golden(Topic.COSTS)]

    assert 1 == len(woken(trigger_of(assets[Topic.COSTS]), raws))


@pytest.mark.parametrize("topic", list(Topic))
def test_the_triggerer_builds_the_same_one_again(topic, assets):
    from airflow.sdk.module_loading import import_string

    trigger = trigger_of(assets[topic])
    name, named = trigger.serialize()
    again = import_string(name)(**named)

    assert (trigger.serialize(), trigger.shared_stream_key()) == (again.serialize(), again.shared_stream_key())


@pytest.mark.parametrize("name", ["on_alerts", "on_cost_changes"])
def test_the_example_of_a_dag_on_a_topic_is_one_that_airflow_takes(name):
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    bag = DagBag(dag_folder=str(EXAMPLES / f"{name}.py"), bundle_path=EXAMPLES, bundle_name="own")

    assert {} == bag.import_errors
    DagSerialization.from_dict(DagSerialization.to_dict(bag.dags[name]))
