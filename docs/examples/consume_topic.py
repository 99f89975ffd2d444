"""Print what happens on one topic: `python docs/examples/consume_topic.py SERVERS TOPIC [HOW_MANY]`."""

import json
import sys

from confluent_kafka import Consumer

servers, topic, *count = sys.argv[1:]
left = int(count[0]) if count else -1
consumer = Consumer({"bootstrap.servers": servers, "group.id": f"example-{topic}",
                     "auto.offset.reset": "earliest", "enable.auto.commit": False})  # fmt: skip
consumer.subscribe([topic])
seen: set[str] = set()
while left:
    message = consumer.poll(1.0)
    if message is None or message.error() or not message.value():
        continue
    event = json.loads(message.value())
    if event["id"] not in seen:  # delivered at least once: act on each id once
        seen.add(event["id"])
        print(event["time"], event["type"], event["user"], event["subject"], flush=True)
        left -= 1
    consumer.commit(message, asynchronous=False)  # after acting, so that nothing is lost
consumer.close()
