"""A running versitygw, real requests with the oddest keys, and the log that it really writes."""

from __future__ import annotations

import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudflow_lib.adapters.access_logs.readers import dialect_named
from cloudflow_lib.adapters.access_logs.sources import local_files
from cloudflow_lib.domain.files import file_id_at
from cloudflow_lib.domain.places import Places
from cloudflow_lib.ports.clock import system_clock
from cloudflow_lib.workflows.ingest_access_logs import AccessLogSource, ingest_access_logs
from tests import servers
from tests.access.conftest import location
from tests.access.test_versitygw_reader import ODD_KEYS

pytestmark = pytest.mark.servers
BUCKET = "acme-docs"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """Return (url, access log) of a server that logs."""
    folder = tmp_path_factory.mktemp("versitygw")
    log, data, port = folder / "access.log", folder / "buckets", servers.free_port()
    data.mkdir()
    command = [
        servers.programs()["versitygw"],
        "--port",
        f"127.0.0.1:{port}",
        "--quiet",
        "--access-log",
        log,
        "posix",
        data,
    ]
    environment = {"ROOT_ACCESS_KEY": "test", "ROOT_SECRET_KEY": "testsecret"}
    with servers._running(command, port, folder, environment):
        yield f"http://127.0.0.1:{port}", log


def client(url, agent):
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="testsecret",
        config=Config(signature_version="s3v4", user_agent_extra=agent),
    )


def read(s3, key, **more):
    return s3.get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()


def test_every_read_is_counted_under_the_name_the_server_lists(gateway, catalog):
    url, log = gateway
    people, ourselves = client(url, "people/1"), client(url, "cloudflow/0.1")
    people.create_bucket(Bucket=BUCKET)
    keys = [key for key in ODD_KEYS if key != "x /bkt/x"] + [f"x /{BUCKET}/x", "new\nline two"]
    for key in keys:
        people.put_object(Bucket=BUCKET, Key=key, Body=b"0123456789")
    for number, key in enumerate(keys):
        for _ in range(1 + number % 3):
            read(people, key)
        read(people, key, Range="bytes=0-3")
        people.head_object(Bucket=BUCKET, Key=key)
        read(ourselves, key)
    people.list_objects_v2(Bucket=BUCKET)
    with pytest.raises(ClientError):
        read(people, "not there")
    listed = {
        entry["Key"]
        for page in people.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        for entry in page["Contents"]
    }

    report = _ingest(catalog, log)

    found = {row.file_id: row.reads for page in catalog.reads_since(system_clock().date()) for row in page}
    assert {file_id_at("live", key): 2 + number % 3 for number, key in enumerate(keys)} == found
    assert set(keys) - {"ctrl\x01x"} == listed - {"ctrl\ufffdx"}, "the server lists a control character as U+FFFD"
    assert (0, 0, len(keys)) == (report.broken, report.unknown_bucket, report.own)
    assert 0 == _ingest(catalog, log).lines


def test_the_log_is_read_on_while_the_server_writes_it(gateway, catalog):
    url, log = gateway
    people = client(url, "people/1")
    _ingest(catalog, log)
    counted = 0
    for _ in range(3):
        for _ in range(7):
            read(people, "plain.txt")
        give_up_at = time.monotonic() + 10
        while (counted := counted + _ingest(catalog, log).reads) % 7 and time.monotonic() < give_up_at:
            time.sleep(0.05)

    assert 21 == counted


def _ingest(catalog, log):
    source = AccessLogSource(
        name="live",
        reader=dialect_named("versitygw").make_reader(),
        list_logs=lambda: local_files(log, "versitygw"),
        places=Places([location("live", "s3", BUCKET)]),
    )
    return ingest_access_logs(source, catalog=catalog, clock=system_clock)
