"""Peers that read without a stall but slowly: a body has no time limit as a whole, whoever sends it."""

from __future__ import annotations

import time

import pytest

from cloudflow_lib.adapters.stores import azure_client, gcs_client, plain, s3_client
from cloudflow_lib.adapters.stores.azure_blob import AzureBlobStore
from cloudflow_lib.adapters.stores.gcs import GcsStore
from cloudflow_lib.adapters.stores.s3 import S3Store
from cloudflow_lib.domain.objects import ObjectTraits, UploadId
from tests.wire.answers import gcs_object
from tests.wire.raw import PIECE_BYTES, reply

LIMIT_SECONDS = 1.5
BODY = bytes(range(256)) * (128 * 1024)
"""So much that what the machine takes of it on its own account is little."""
PAUSE_SECONDS = LIMIT_SECONDS * 1.6 / (len(BODY) // PIECE_BYTES)
"""Nobody gets through within the limit, and a slice needs little of it."""
TRAITS = ObjectTraits(content_type="text/plain")
UPLOAD = UploadId("0123456789" * 2)

S3_ANSWER = reply("200 OK", ETag='"e1"', Date="Mon, 23 Nov 2026 12:00:00 GMT")
AZURE_ANSWER = reply("201 Created", ETag='"e1"')
GCS_ANSWER = reply("200 OK", gcs_object(size=len(BODY)).get_data(), Content_Type="application/json")


def s3_at(url):
    return S3Store(bucket="b", endpoint_url=url, access_key_id="k", secret_access_key="s", attempts=1)


def azure_at(url):
    return AzureBlobStore(container="b", account="acc", account_key="a2V5", endpoint_url=f"{url}/acc", attempts=1)


def gcs_at(url):
    return GcsStore(bucket="b", project="p", endpoint_url=url, attempts=1)


def part(store):
    store._refuses = False  # an imitation of Azure would be asked first whether it refuses other bytes
    return store.put_part(UPLOAD, "file", 1, BODY)


def whole(store):
    return store.put("file", BODY, TRAITS)


@pytest.fixture
def _impatient(monkeypatch):
    for module in (plain, s3_client, azure_client):
        monkeypatch.setattr(module, "TIMEOUT_SECONDS", LIMIT_SECONDS)
    monkeypatch.setitem(gcs_client.ONCE, "timeout", (LIMIT_SECONDS, LIMIT_SECONDS))


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("store_at", "send", "answer"),
    [
        (s3_at, part, S3_ANSWER),
        (s3_at, whole, S3_ANSWER),
        (azure_at, part, AZURE_ANSWER),
        (azure_at, whole, AZURE_ANSWER),
        (gcs_at, whole, GCS_ANSWER),
    ],
    ids=["s3 part", "s3 by its SDK", "azure part", "azure by its SDK", "gcs"],
)
def test_a_slow_peer_gets_the_whole_body(server, store_at, send, answer):
    server.reads_slowly(PAUSE_SECONDS)
    server.will_say(answer)
    store = store_at(server.url)

    started = time.monotonic()
    send(store)
    store.close()

    assert time.monotonic() - started > LIMIT_SECONDS, "the peer was too fast to prove anything"
    assert BODY in server.bodies[0]


def test_an_sdk_waits_as_long_for_its_peer_to_read_as_for_its_answer(server):
    """What it sends, it sends under its limit for connecting."""
    s3, azure = s3_at(server.url), azure_at(server.url)
    transport = azure._service._pipeline._transport
    limits = {
        "s3": (s3._client.meta.config.connect_timeout, s3._client.meta.config.read_timeout),
        "azure": (transport.connection_config.timeout, transport.connection_config.read_timeout),
        "gcs": gcs_client.ONCE["timeout"],
    }
    s3.close()
    azure.close()

    assert dict.fromkeys(limits, (plain.TIMEOUT_SECONDS, plain.TIMEOUT_SECONDS)) == limits


def test_a_body_that_google_wants_at_another_place_is_whole_there_too(server):
    server.will_say(reply("307 Temporary Redirect", Location=f"{server.url}/there", keeps=True))
    server.will_say(GCS_ANSWER)
    store = gcs_at(server.url)

    whole(store)
    store.close()

    first, second = server.bodies
    assert BODY in first
    assert first == second
