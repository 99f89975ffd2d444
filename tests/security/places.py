"""Everything of a running stack that somebody could read: each place yields what it holds, piece by piece."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from cloudflow_cli.stack.layout import Layout
from cloudflow_lib.settings import Settings

Piece = tuple[str, bytes]
"""Where it lies, and its bytes."""

CHUNK = 8 << 20
OVERLAP = 16 << 10
QUIET_SECONDS = 20.0
CLOUDS = ("versitygw", "azurite", "moto_server", "fake-gcs-server")
"""They are the clouds themselves, and know their own passwords."""


def mongo(settings: Settings) -> Iterator[Piece]:
    """Yield every document of every database."""
    from bson import encode
    from pymongo import MongoClient

    with MongoClient(settings.mongo.url.get_secret_value()) as client:
        for database in client.list_database_names():
            for name in client[database].list_collection_names():
                for document in client[database][name].find():
                    yield f"{database}.{name}/{document.get('_id')}", encode(document)


def kafka(settings: Settings) -> Iterator[Piece]:
    """Yield every message of every topic: key, headers and value."""
    from confluent_kafka import Consumer, TopicPartition

    options = {
        "bootstrap.servers": settings.kafka.bootstrap_servers,
        "group.id": f"sweep-{uuid4()}",
        "enable.auto.commit": False,
        **settings.kafka.options,
    }
    consumer = Consumer(options)
    try:
        for topic, told in consumer.list_topics(timeout=20).topics.items():
            for number in told.partitions:
                first, behind = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=20)
                yield from _messages(consumer, TopicPartition(topic, number, first), behind)
    finally:
        consumer.close()


def _messages(consumer: object, place: object, behind: int) -> Iterator[Piece]:
    from confluent_kafka import Consumer, TopicPartition

    assert isinstance(consumer, Consumer)
    assert isinstance(place, TopicPartition)
    if place.offset >= behind:
        return
    consumer.assign([place])
    give_up_at = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < give_up_at:
        message = consumer.poll(1.0)
        if message is None:
            (now,) = consumer.position([place])
            if now.offset >= behind:
                return
            continue
        if message.error():
            raise RuntimeError(f"{place.topic}: {message.error()}")
        give_up_at = time.monotonic() + QUIET_SECONDS
        parts = [message.key() or b"", message.value() or b"", *(value or b"" for _, value in message.headers() or ())]
        yield f"{place.topic}/{message.partition()}/{message.offset()}", b"\n".join(parts)
        if message.offset() + 1 >= behind:
            return
    raise RuntimeError(f"{place.topic}: the messages do not come")


def postgres(layout: Layout) -> Iterator[Piece]:
    """Yield every row of every table of Airflow's and MLflow's databases; XCom, runs and connections are among them."""
    import psycopg2
    from psycopg2 import sql

    for database in ("airflow", "mlflow"):
        with psycopg2.connect(host=str(layout.sockets), user="postgres", dbname=database) as connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public'")
                tables = cursor.fetchall()
            for schema, table in tables:
                with connection.cursor(name="sweep") as cursor:
                    cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table)))
                    for number, row in enumerate(cursor):
                        for value in row:
                            if value is not None:
                                yield f"{database}.{table}/{number}", _as_bytes(value)
        connection.close()


def _as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode("utf-8", "surrogateescape")


def logs(layout: Layout) -> Iterator[Piece]:
    """Yield every log, those of tasks included."""
    yield from files(layout.logs)


def own_files(layout: Layout) -> Iterator[Piece]:
    """Yield what the platform itself wrote into its home: settings, models, mails; the clouds' own files are theirs."""
    for path in sorted(layout.home.iterdir()):
        if path.is_file() and path != layout.secrets_file:
            yield from files(path)
    for name in ("airflow", "mlflow", "mail"):
        yield from files(layout.data / name)


def files(folder: Path) -> Iterator[Piece]:
    """Yield each file below *folder* in pieces that overlap."""
    for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        with path.open("rb") as file:
            rest = b""
            while piece := file.read(CHUNK):
                yield str(path), rest + piece
                rest = piece[-OVERLAP:]


def processes(layout: Layout, root: Path = Path("/proc")) -> Iterator[Piece]:
    """Yield the environment and the command line of each process of the stack, apart from the clouds themselves."""
    for folder in sorted(root.glob("[0-9]*")):
        try:
            words, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue  # it ended, or is somebody else's
        ours = str(layout.home).encode()
        if (ours in words or ours in environment) and not any(cloud.encode() in words for cloud in CLOUDS):
            yield f"process {folder.name} ({words.split(bytes(1))[0].decode(errors='replace')})", words + environment
