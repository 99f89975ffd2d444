# ruff: noqa: INP001 - started by its path, not imported from a package
"""`kafka_topics.py SERVERS`: make the topics that are missing. Running it again changes nothing."""

from __future__ import annotations

import sys

from confluent_kafka import KafkaError, KafkaException  # noqa: TID253 - a program of its own, not a DAG file
from confluent_kafka.admin import AdminClient  # noqa: TID253 - as above
from confluent_kafka.cimpl import NewTopic  # noqa: TID253 - as above

from cloudflow_lib.domain.topics import DEAD_LETTERS, Topic

PARTITIONS = 3


def main() -> None:
    """Do what the module's first line says."""
    admin = AdminClient({"bootstrap.servers": sys.argv[1]})
    names = [*(topic.value for topic in Topic), DEAD_LETTERS]
    wanted = [NewTopic(name, num_partitions=PARTITIONS, replication_factor=1) for name in names]
    for name, made in admin.create_topics(wanted, operation_timeout=30, request_timeout=60).items():
        try:
            made.result()
        except KafkaException as failure:
            if failure.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
            print(f"{name} is there")  # noqa: T201 - this is the process's log
        else:
            print(f"{name} was made with {PARTITIONS} partitions")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
