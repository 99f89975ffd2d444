"""Sending files in pieces with the tus protocol, over real connections that break."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from base64 import b64encode
from dataclasses import replace

import httpx
import pytest

from cloudflow_lib.domain.incoming import UploadLimits
from tests.api.conftest import OWNER
from tests.api.places import add_file, add_place
from tests.api.serving import served

PART = 64 * 1024
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def services(services):
    limits = UploadLimits(max_bytes=PART, max_resumable_bytes=16 * PART, part_bytes=PART, max_open=5)
    return replace(services, upload_limits=limits)


@pytest.fixture(autouse=True)
def store(catalog, stores):
    add_place(catalog, stores)
    return stores["main"]


def keys(store):
    return [info.key for page in store.list_pages() for info in page]


def content(store, key):
    return b"".join(store.read(key, version=store.stat(key).version))


def metadata(**pairs):
    return ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in pairs.items())


def begin(client, size, name="big.bin", more=None, **given):
    said = {"filename": name, "filetype": "text/plain", "location_id": "main", **given}
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata(**said), **(more or {})}
    return client.post("/uploads", headers=headers)


def place_of(answer):
    assert 201 == answer.status_code, answer.text
    return answer.headers["Location"].removeprefix("/cloudflow/api/v1")


def send(client, place, offset, data, **more):
    return client.patch(place, content=data, headers={**PIECE, "Upload-Offset": str(offset), **more})


def offset(client, place):
    answer = client.head(place, headers=TUS)
    assert (200, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    return int(answer.headers["Upload-Offset"])


def test_what_is_spoken_is_told(owner):
    answer = owner.options("/uploads")

    assert (204, "1.0.0", str(16 * PART)) == (
        answer.status_code,
        answer.headers["Tus-Version"],
        answer.headers["Tus-Max-Size"],
    )
    assert {"creation", "expiration", "termination"} <= set(answer.headers["Tus-Extension"].split(","))


def test_a_file_in_pieces_becomes_a_file_of_the_catalogue(owner, catalog, store):
    data = os.urandom(3 * PART + 77)
    begun = begin(owner, len(data), folder="2026", project="ignored")
    place = place_of(begun)
    assert "GMT" in begun.headers["Upload-Expires"]
    for start in range(0, len(data), 50_000):
        piece = data[start : start + 50_000]
        answer = send(owner, place, start, piece)
        assert (204, str(start + len(piece)), "1.0.0") == (
            answer.status_code,
            answer.headers["Upload-Offset"],
            answer.headers["Tus-Resumable"],
        )

    assert data == content(store, "docs/2026/big.bin")
    state = owner.get(place).json()
    file = catalog.file(state["file_id"])
    assert (len(data), "docs/2026/big.bin", "text/plain", OWNER) == (
        state["offset"],
        file.key,
        file.content_type,
        file.owner,
    )
    assert len(data) == offset(owner, place)
    events = []
    catalog.drain_outbox(events.extend)
    assert ["io.cloudflow.file.uploaded.v1"] == [event.type for event in events]
    assert str(len(data)) == send(owner, place, len(data), b"").headers["Upload-Offset"]


def test_the_first_piece_may_come_with_the_beginning(owner, store):
    headers = {**PIECE, "Upload-Length": "5", "Upload-Metadata": metadata(filename="a", location_id="main")}
    answer = owner.post("/uploads", content=b"12345", headers=headers)

    assert (201, "5") == (answer.status_code, answer.headers["Upload-Offset"])
    assert b"12345" == content(store, "docs/a")
    assert "0" == begin(owner, 0, "empty").headers["Upload-Offset"]
    assert b"" == content(store, "docs/empty")


def test_only_the_right_place_is_gone_on_from(owner):
    place = place_of(begin(owner, 100))
    send(owner, place, 0, bytes(40))

    for wrong in (0, 39, 41):
        answer = send(owner, place, wrong, bytes(10))
        assert (409, "wrong-offset") == (answer.status_code, answer.json()["type"].rpartition(":")[2])
    assert 422 == send(owner, place, 40, bytes(61)).status_code
    assert 40 == offset(owner, place)


def test_an_upload_exists_for_its_sender_only(owner, other, admin, viewer, anonymous, store):
    place = place_of(begin(owner, 100))
    send(owner, place, 0, bytes(40))
    for client, status in ((other, 404), (admin, 404), (viewer, 403), (anonymous, 401)):
        assert status == client.head(place, headers=TUS).status_code
        assert status == client.get(place).status_code
        assert status == send(client, place, 40, bytes(60)).status_code
        assert status == client.delete(place, headers=TUS).status_code
    assert 401 == begin(anonymous, 1).status_code
    assert 403 == begin(viewer, 1).status_code

    assert (40, []) == (offset(owner, place), keys(store))


def test_an_upload_may_be_taken_back(owner, store, catalog):
    place = place_of(begin(owner, 3 * PART))
    send(owner, place, 0, bytes(2 * PART))

    assert 204 == owner.delete(place, headers=TUS).status_code
    assert 404 == owner.head(place, headers=TUS).status_code
    assert ([], [], []) == (keys(store), list(store.list_uploads()), list(catalog.open_uploads()))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 412),
        ({"Tus-Resumable": "0.2.2", "Upload-Length": "1"}, 412),
        ({**TUS}, 422),
        ({**TUS, "Upload-Length": "-1"}, 422),
        ({**TUS, "Upload-Length": "1e3"}, 422),
        ({**TUS, "Upload-Length": "9" * 30}, 422),
        ({**TUS, "Upload-Length": str(16 * PART + 1)}, 413),
        ({**TUS, "Upload-Length": "1", "Upload-Metadata": "filename %%%"}, 422),
        ({**TUS, "Upload-Length": "1", "Upload-Metadata": metadata(location_id="main")}, 422),
        ({**TUS, "Upload-Length": "1", "Upload-Metadata": metadata(filename="../x", location_id="main")}, 422),
        ({**TUS, "Upload-Length": "1", "Upload-Metadata": metadata(filename="a\r\nb", location_id="main")}, 422),
        ({**TUS, "Upload-Length": "1", "Upload-Metadata": metadata(filename="a", location_id="$ne")}, 404),
        ({**TUS, "Upload-Length": "1", "Upload-Metadata": "x" * 9000}, 422),
    ],
)
def test_what_is_no_beginning_is_refused(owner, store, headers, status):
    given = {"Upload-Metadata": metadata(filename="a", location_id="main"), **headers}
    answer = owner.post("/uploads", headers=given)

    assert (status, []) == (answer.status_code, keys(store)), answer.text


def test_a_piece_must_be_sent_as_one(owner):
    place = place_of(begin(owner, 100))

    assert 415 == owner.patch(place, content=b"x", headers={**TUS, "Upload-Offset": "0"}).status_code
    assert 412 == owner.patch(place, content=b"x", headers={"Upload-Offset": "0"}).status_code
    assert 422 == owner.patch(place, content=b"x", headers=PIECE).status_code
    assert 415 == send(owner, place, 0, b"x", **{"Content-Encoding": "gzip"}).status_code
    assert 404 == send(owner, f"/uploads/{'0' * 32}", 0, b"x").status_code
    assert 404 == send(owner, "/uploads/..%2f", 0, b"x").status_code
    assert 0 == offset(owner, place)


@pytest.mark.parametrize("url", ["/upload?location_id=main&name=bomb", "/auth/token"])
def test_packed_bodies_are_refused(owner, store, url):
    answer = owner.post(url, content=b"\x1f\x8b" + bytes(100), headers={"Content-Encoding": "gzip"})

    assert (415, []) == (answer.status_code, keys(store))


def test_a_name_that_is_taken_is_refused_at_the_beginning(owner, catalog, stores):
    add_file(catalog, stores, "docs/big.bin")

    assert 409 == begin(owner, 10).status_code


def test_pieces_of_one_length_under_one_key_are_all_taken(owner, store):
    place, key = place_of(begin(owner, 3 * PART)), {"Idempotency-Key": "of-the-whole-file"}
    data = [letter * PART for letter in (b"a", b"b", b"c")]
    told = [
        send(owner, place, number * PART, piece, **key).headers["Upload-Offset"] for number, piece in enumerate(data)
    ]

    assert [str(PART), str(2 * PART), str(3 * PART)] == told
    assert (
        str(PART) == send(owner, place, 0, data[0], **key).headers["Upload-Offset"]
    )  # sent again, its answer got lost
    assert b"".join(data) == content(store, "docs/big.bin")


def test_so_many_unfinished_uploads_and_no_more(owner):
    places = [place_of(begin(owner, 10, str(number))) for number in range(5)]

    assert 422 == begin(owner, 10, "one too many").status_code
    owner.delete(places[0], headers=TUS)
    assert 201 == begin(owner, 10, "again").status_code


def half_a_piece(address, place, start, data, announced):
    """Open a connection, send a part of what was announced, and neither go on nor leave."""
    host, port = address.split(":")
    wire = socket.create_connection((host, int(port)))
    head = [
        f"PATCH /cloudflow/api/v1{place} HTTP/1.1",
        f"Host: {address}",
        f"Authorization: Bearer {OWNER}",
        "Tus-Resumable: 1.0.0",
        "Content-Type: application/offset+octet-stream",
        f"Upload-Offset: {start}",
        f"Content-Length: {announced}",
    ]
    wire.sendall("\r\n".join([*head, "", ""]).encode() + data)
    return wire


def client_of(address):
    root = f"http://{address}/cloudflow/api/v1"
    return httpx.Client(base_url=root, headers={"Authorization": f"Bearer {OWNER}"}, timeout=20)


@pytest.mark.parametrize("hangs_up", [True, False], ids=["a broken connection", "a silent connection"])
def test_a_sender_that_lost_its_connection_goes_on_where_it_was(app, store, hangs_up):
    data = os.urandom(5 * PART)
    with served(app) as address, client_of(address) as client:
        place = place_of(begin(client, len(data)))
        wire = half_a_piece(address, place, 0, data[: 2 * PART + 100], len(data))
        wait_until(lambda: client.get(place).json()["offset"] == 2 * PART)
        time.sleep(0.2)
        if hangs_up:
            wire.close()
        came = offset(client, place)
        answer = send(client, place, came, data[came:])
        wire.close()

    assert 2 * PART + 100 == came
    assert (204, data) == (answer.status_code, content(store, "docs/big.bin"))


def test_an_upload_goes_on_after_the_api_was_started_again(context, app, store):
    from fastapi import FastAPI

    from cloudflow_plugin.api.app import build_app
    from cloudflow_plugin.api.bundle import MOUNTED_AT

    data = os.urandom(4 * PART)
    with served(app) as address, client_of(address) as client:
        place = place_of(begin(client, len(data)))
        send(client, place, 0, data[: PART + 10])
    ours, again = build_app(context), FastAPI()
    again.mount(MOUNTED_AT, ours)
    with served(again) as address, client_of(address) as client:
        assert PART + 10 == offset(client, place)
        send(client, place, PART + 10, data[PART + 10 :])

    assert data == content(store, "docs/big.bin")


def wait_until(is_so):
    give_up_at = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_an_end_that_broke_is_made_up_for_when_the_sender_asks(owner, store, monkeypatch):
    from cloudflow_lib.errors import StoreUnavailableError

    data = os.urandom(2 * PART + 5)
    place = place_of(begin(owner, len(data)))

    def broken(*_args, **_named):
        raise StoreUnavailableError("the store is busy")

    with monkeypatch.context() as patch:
        patch.setattr(store, "finish_upload", broken)
        assert 503 == send(owner, place, 0, data).status_code
        assert 503 == owner.head(place, headers=TUS).status_code

    assert len(data) == offset(owner, place)
    assert data == content(store, "docs/big.bin")


def test_two_apps_never_write_one_upload_at_once(context, owner):
    """Another process holds the lease: here nobody can end its turn."""
    place = place_of(begin(owner, 100))
    catalog, upload_id = context.services().catalog, place.rpartition("/")[2]
    now = context.services().clock()
    from datetime import timedelta

    catalog.lease_incoming(upload_id, now=now, until=now + timedelta(seconds=60))
    answer = send(owner, place, 0, bytes(10))

    assert (423, "upload-busy") == (answer.status_code, answer.json()["type"].rpartition(":")[2])


def test_a_request_that_is_given_up_reads_no_further(app, context, owner):
    """Whoever reads a connection on behalf of nobody takes what the next reader waits for."""
    from starlette.requests import Request

    from cloudflow_plugin.api.turns import receive_pieces

    place = place_of(begin(owner, 3 * PART))
    upload_id = place.rpartition("/")[2]

    async def play():
        waits = asyncio.Event()

        async def receive():
            waits.set()
            await asyncio.Event().wait()

        request = Request({"type": "http", "app": app, "headers": []}, receive)
        task = asyncio.create_task(receive_pieces(request, upload_id, OWNER, 0, context.services()))
        await waits.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert set() == asyncio.run(play())


def test_turns_are_taken_one_after_the_other():
    from cloudflow_plugin.api.turns import Turns

    async def play():
        turns, order = Turns(), []

        async def first():
            async with turns.take("a") as turn:
                order.append("first begins")
                await turn.must_end.wait()
                order.append("first ends")

        task = asyncio.create_task(first())
        await asyncio.sleep(0)
        async with turns.take("a"):
            order.append("second")
        await task
        return order

    assert ["first begins", "first ends", "second"] == asyncio.run(play())
