"""Sending files through the API: whole or not at all, each to whom it belongs."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from cloudflow_lib.domain.incoming import UploadLimits
from tests.api.conftest import ADMIN, OWNER
from tests.api.places import add_file, add_place

PART = 64 * 1024
LIMITS = UploadLimits(max_bytes=8 * PART, max_files=3, part_bytes=PART)
WHERE = "/upload?location_id=main"


@pytest.fixture
def services(services):
    return replace(services, upload_limits=LIMITS)


@pytest.fixture(autouse=True)
def store(catalog, stores):
    add_place(catalog, stores)
    return stores["main"]


def keys(store):
    return [info.key for page in store.list_pages() for info in page]


def content(store, key):
    return b"".join(store.read(key, version=store.stat(key).version))


def form(*files):
    return [("file", (name, data, "text/plain")) for name, data in files]


def test_only_who_may_write_may_send(anonymous, stranger, viewer, other, store):
    files = form(("a.txt", b"a"))
    assert 401 == anonymous.post(WHERE, files=files).status_code
    assert 403 == stranger.post(WHERE, files=files).status_code
    assert 403 == viewer.post(WHERE, files=files).status_code
    assert [] == keys(store)

    assert 201 == other.post(WHERE, files=files).status_code
    assert ["media/a.txt"] == keys(store)


def test_several_files_are_stored_catalogued_and_told_of(owner, catalog, store):
    big = bytes(range(256)) * 1024
    files = form(("big.bin", big), ("empty.txt", b""), ("ümlaut.txt", b"u"))
    answer = owner.post(f"{WHERE}&folder=2026/q1", files=files)

    assert 201 == answer.status_code, answer.text
    assert ["docs/2026/q1/big.bin", "docs/2026/q1/empty.txt", "docs/2026/q1/ümlaut.txt"] == keys(store)
    assert big == content(store, "docs/2026/q1/big.bin")
    for one in answer.json()["files"]:
        assert (201, None, OWNER, "warm") == (
            one["status"],
            one["problem"],
            one["file"]["owner"],
            one["file"]["tier"],
        )
        assert one["file"]["name"] == catalog.file(one["file"]["file_id"]).key
    assert 3 == len(owner.get("/files").json()["files"])
    events = []
    catalog.drain_outbox(events.extend)
    assert ["io.cloudflow.file.uploaded.v1"] * 3 == [event.type for event in events]


def test_a_file_may_be_the_body_itself(owner, store):
    answer = owner.post(f"{WHERE}&name=x/raw.csv", content=b"1,2", headers={"Content-Type": "text/csv"})

    assert 201 == answer.status_code
    assert b"1,2" == content(store, "docs/x/raw.csv")
    assert "text/csv" == answer.json()["files"][0]["file"]["content_type"]


def test_a_refused_file_does_not_keep_the_others_from_arriving(owner, catalog, stores, store):
    add_file(catalog, stores, "docs/b.txt", b"old")
    answer = owner.post(WHERE, files=form(("a.txt", b"a"), ("b.txt", b"b" * 3 * PART), ("c.txt", b"c")))

    assert 207 == answer.status_code
    assert [(201, None), (409, "object-exists"), (201, None)] == [
        (one["status"], one["problem"]) for one in answer.json()["files"]
    ]
    assert b"old" == content(store, "docs/b.txt")
    assert ["docs/a.txt", "docs/b.txt", "docs/c.txt"] == keys(store)
    alone = owner.post(WHERE, files=form(("b.txt", b"b")))
    assert (409, "application/problem+json") == (alone.status_code, alone.headers["content-type"])


def test_a_file_is_replaced_only_as_the_version_that_was_seen(owner, catalog, stores, store):
    old = add_file(catalog, stores, "docs/b.txt", b"old")
    new = owner.post(f"{WHERE}&replaces={old.version}", files=form(("b.txt", b"new")))
    stale = owner.post(f"{WHERE}&replaces={old.version}", files=form(("b.txt", b"newer")))

    assert (201, 409) == (new.status_code, stale.status_code)
    assert b"new" == content(store, "docs/b.txt")
    assert old.file_id == new.json()["files"][0]["file"]["file_id"]


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "a/../../b", "..", "a\\b", "a\u202eb", "n" * 1025, "ü" * 600, "a//b"],
)
def test_names_with_tricks_are_refused(owner, store, name):
    answer = owner.post(WHERE, files=form((name, b"x")))

    assert (422, []) == (answer.status_code, keys(store)), answer.text


@pytest.mark.parametrize(
    "query",
    ["", "location_id=", "location_id[$ne]=x", "location_id=main&folder=..", "location_id=main&folder=a%0d%0aX:y"],
)
def test_places_with_tricks_are_refused(owner, store, query):
    assert (422, []) == (owner.post(f"/upload?{query}", files=form(("a", b"x"))).status_code, keys(store))


def test_a_place_of_others_does_not_exist(owner, admin, catalog, stores):
    add_place(catalog, stores, "theirs", owners={})

    assert 404 == owner.post("/upload?location_id=theirs", files=form(("a", b"x"))).status_code
    assert 404 == owner.post("/upload?location_id=nowhere", files=form(("a", b"x"))).status_code
    sent = admin.post("/upload?location_id=theirs", files=form(("a", b"x")))
    assert ADMIN == sent.json()["files"][0]["file"]["owner"]


def test_sizes_counts_and_types_have_limits(owner, store):
    too_large = owner.post(WHERE, files=form(("big", bytes(8 * PART + 1))))
    assert (413, "too-large") == (too_large.status_code, too_large.json()["type"].rpartition(":")[2])
    assert 413 == owner.post(f"{WHERE}&name=big", content=bytes(8 * PART + 1)).status_code
    assert 422 == owner.post(WHERE, files=form(*[(str(number), b"x") for number in range(4)])).status_code
    assert ["docs/0", "docs/1", "docs/2"] == keys(store)
    assert [] == list(store.list_uploads())


NO_FILE = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\nno form", "multipart/form-data; boundary=x"),
        (b"no form at all", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"anything", "multipart/form-data"),
        (b"anything", "multipart/form-data; boundary=" + "x" * 2000),
        (NO_FILE, "multipart/form-data; boundary=x"),
        (b"plain", "text/plain"),
    ],
)
def test_what_is_no_form_is_refused(owner, store, body, content_type):
    answer = owner.post(WHERE, content=body, headers={"Content-Type": content_type})

    assert (422, []) == (answer.status_code, keys(store)), answer.text


HALF = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="half.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n" + bytes(3 * PART)
)


def send_raw(app, path, query, pieces, headers):
    """Speak ASGI as a server would; the last message says how the client left."""
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.disconnect"})
    answers = []

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message):
        answers.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": f"/cloudflow/api/v1{path}",
        "raw_path": b"",
        "root_path": "",
        "query_string": query,
        "headers": [(b"authorization", b"Bearer team-docs"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
        "state": {},
    }
    asyncio.run(app(scope, receive, send))
    return answers


@pytest.mark.parametrize("query", [b"location_id=main", b"location_id=main&name=half.bin"])
def test_a_client_that_vanishes_leaves_nothing_behind(app, catalog, store, query):
    headers = [(b"content-type", b"multipart/form-data; boundary=x" if b"name" not in query else b"text/plain")]
    pieces = [HALF[start : start + 50_000] for start in range(0, len(HALF), 50_000)]
    send_raw(app, "/upload", query, pieces, headers)

    assert [] == keys(store)
    assert [] == list(store.list_uploads())
    assert [] == list(catalog.open_uploads())
    assert [] == list(catalog.list_files().files)


def test_a_form_that_ends_in_the_middle_is_refused(owner, store):
    answer = owner.post(WHERE, content=HALF, headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert (422, []) == (answer.status_code, keys(store))
    assert [] == list(store.list_uploads())


@pytest.mark.parametrize("length", ["3", "5", "99999999"])
def test_a_wrong_content_length_is_refused(owner, store, length):
    answer = owner.post(f"{WHERE}&name=a", content=b"1234", headers={"Content-Length": length})

    assert answer.status_code in {413, 422}
    assert [] == keys(store)
