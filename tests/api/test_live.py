"""Live events: to whom they belong, without gaps, and never at the cost of the server."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from cloudflow_lib.domain.events import new_event_id
from cloudflow_lib.settings import ApiSettings, LiveSettings, Settings
from tests.api.conftest import ADMIN, OTHER, OWNER, STRANGER, VIEWER
from tests.api.serving import ending, served
from tests.catalog.examples import a_file, a_migration, discovered

RECHECK, ROOM, KEPT = 0.3, 40, 100
SOON = 10


@pytest.fixture
def settings():
    live = LiveSettings(
        recheck_seconds=RECHECK, ping_seconds=0.2, waiting_events=ROOM, kept_events=KEPT, streams_per_user=3
    )
    return Settings(api=ApiSettings(live=live, origins=("https://our.example",)))


@pytest.fixture
def address(app):
    with served(app) as host:
        yield host


def an_event(user=OWNER, name=None):
    return discovered(a_file(name or uuid4().hex, owner=user))


def some_events(count, user=OWNER):
    return [an_event(user, f"{number:05d}") for number in range(count)]


@contextmanager
def listening(address, user=OWNER, query="", **more):
    """A WebSocket that is known to be open and live."""
    headers = more.pop("headers", {"Authorization": f"Bearer {user}"})
    url = f"ws://{address}/cloudflow/api/v1/events/ws{query}"
    with connect(url, additional_headers=headers, open_timeout=SOON, **more) as stream:
        yield stream


def next_event(stream, timeout=SOON):
    while True:
        message = json.loads(stream.recv(timeout=timeout))
        if "event" in message:
            return message


def next_notice(stream, timeout=SOON):
    while True:
        message = json.loads(stream.recv(timeout=timeout))
        if "notice" in message:
            return message["notice"]


def ids(stream, count):
    return [next_event(stream)["event"]["id"] for _ in range(count)]


def end_of(stream, most=100_000):
    """Read on until the server ends it, and return its last words."""
    try:
        for _ in range(most):
            stream.recv(timeout=SOON)
    except ConnectionClosed as closed:
        return closed.rcvd
    raise AssertionError("it goes on and on")


def live(stream):
    while "live" != next_notice(stream)["state"]:
        pass
    time.sleep(0.1)  # the subscription follows the notice
    return stream


def is_silent(stream, seconds=0.4):
    try:
        message = stream.recv(timeout=seconds)
    except TimeoutError:
        return True
    return "notice" in json.loads(message)


@pytest.fixture
def begun(address):
    """The reader of the bus has begun: what is published now is live."""
    with listening(address, ADMIN) as stream:
        while next_notice(stream)["state"] != "live":
            pass
    return address


def test_everyone_hears_of_their_own_and_an_administrator_of_all(begun, feed):
    mine, theirs = an_event(OWNER), an_event(OTHER)
    with listening(begun, OWNER) as me, listening(begun, OTHER) as them, listening(begun, ADMIN) as all_of_them:
        for stream in (me, them, all_of_them):
            live(stream)
        feed.publish([mine, theirs])

        assert [mine.id] == ids(me, 1)
        assert [theirs.id] == ids(them, 1)
        assert [mine.id, theirs.id] == ids(all_of_them, 2)
        assert is_silent(me)
        assert is_silent(them)


def test_a_message_tells_the_event_and_where_it_stands(begun, feed):
    event = an_event()
    with listening(begun) as stream:
        live(stream)
        feed.publish([event])
        told = next_event(stream)

    assert ("file-events", 0, 0) == (told["topic"], told["partition"], told["offset"])
    assert json.loads(event.model_dump_json()) == told["event"]


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({}, 401, "not-signed-in"),
        ({"Authorization": "Bearer forged"}, 401, "not-signed-in"),
        ({"Authorization": f"Bearer {STRANGER}"}, 403, "not-allowed"),
        ({"Cookie": f"_token={OWNER}"}, 403, "foreign-origin"),
        ({"Cookie": f"_token={OWNER}", "Origin": "https://evil.example"}, 403, "foreign-origin"),
        ({"Cookie": f"_token={OWNER}", "Origin": "null"}, 403, "foreign-origin"),
        ({"Cookie": f"_token={OWNER}", "Origin": "http://["}, 403, "foreign-origin"),
        ({"Origin": "https://evil.example"}, 403, "foreign-origin"),
    ],
)
def test_a_websocket_of_nobody_or_of_another_site_is_refused(begun, headers, status, kind):
    with pytest.raises(InvalidStatus) as refused, listening(begun, headers=headers):
        pass

    problem = json.loads(refused.value.response.body)
    assert (status, kind) == (refused.value.response.status_code, problem["type"].rpartition(":")[2])


@pytest.mark.parametrize("origin", ["http://{address}", "https://our.example"])
def test_the_cookie_of_our_own_page_opens(begun, feed, origin):
    event = an_event(VIEWER)
    with listening(begun, headers={"Cookie": f"_token={VIEWER}", "Origin": origin.format(address=begun)}) as stream:
        live(stream)
        feed.publish([event])

        assert [event.id] == ids(stream, 1)


@pytest.mark.parametrize(
    "query",
    [
        "?last_event_id=7",
        "?last_event_id=00000000-0000-4000-8000-000000000000",
        "?since=yesterday",
        "?since=740",
        "?since=1e9",
        "?since=2026-11-23T12:00:00Z&last_event_id=01a21580-e25b-72b0-84ee-636b8861553f",
        "?topic=secrets",
        "?type=%0d%0a",
        "?file_id[$ne]=x",
        "?user=team-media",
    ],
)
def test_a_stream_that_is_asked_for_wrongly_is_refused(begun, query):
    with pytest.raises(InvalidStatus) as refused, listening(begun, query=query):
        pass
    over_http = httpx.get(f"http://{begun}/cloudflow/api/v1/events{query}", headers={"Authorization": "Bearer admin"})

    assert (422, 422) == (refused.value.response.status_code, over_http.status_code)


def test_a_stream_may_be_of_one_topic_one_type_or_one_file(begun, feed):
    event, another = an_event(), an_event()
    file = a_file(uuid4().hex, owner=OWNER)
    moved = a_migration(file, batch=uuid4().hex)
    from cloudflow_lib.domain.facts import migration_advanced

    advanced = migration_advanced(moved).model_copy(update={"user": OWNER})
    queries = {
        "?topic=file-events": [event.id, another.id],
        "?type=migration.advanced": [advanced.id],
        f"?file_id={event.subject}": [event.id],
    }
    for query, expected in queries.items():
        with listening(begun, query=query) as stream:
            live(stream)
            feed.publish([fresh(event), fresh(another), fresh(advanced)])
            found = [next_event(stream)["event"]["subject"] for _ in expected]
            subjects = {event.id: event.subject, another.id: another.subject, advanced.id: advanced.subject}
            assert [subjects[one] for one in expected] == found
            assert is_silent(stream, 0.2)


def fresh(event):
    return event.model_copy(update={"id": new_event_id()})


def test_who_comes_back_gets_what_came_meanwhile(begun, feed):
    before, meanwhile, after = some_events(3), some_events(5), some_events(2)
    with listening(begun) as stream:
        live(stream)
        feed.publish([*before, *some_events(2, OTHER)])
        *_, last = ids(stream, 3)
    feed.publish([*meanwhile, *some_events(2, OTHER)])
    with listening(begun, query=f"?last_event_id={last}") as stream:
        assert [event.id for event in meanwhile] == ids(stream, 5)
        feed.publish(after)
        assert [event.id for event in after] == ids(stream, 2)


def test_what_is_no_longer_in_memory_is_read_from_the_bus(begun, feed):
    [first] = some_events(1)
    feed.publish([first])
    meanwhile = some_events(KEPT + ROOM + 700)
    feed.publish(meanwhile)
    with listening(begun, query=f"?last_event_id={first.id}") as stream:
        found = ids(stream, len(meanwhile) + 1)  # a few from before come again
        [live_one] = some_events(1)
        feed.publish([live_one])

        assert [first.id, *(event.id for event in meanwhile)] == found
        assert [live_one.id] == ids(stream, 1)


def test_a_stream_may_begin_at_a_time(begun, feed):
    old, young = some_events(2), some_events(3)
    now = datetime.now(UTC)
    feed.publish(old, published_at=now - timedelta(hours=2))
    feed.publish(young, published_at=now - timedelta(minutes=30))
    since = (now - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    with listening(begun, query=f"?since={since}") as stream:
        feed.publish(after := some_events(1))

        assert [event.id for event in (*young, *after)] == ids(stream, 4)


def test_an_event_that_is_published_twice_is_told_once(begun, feed):
    event, next_one = some_events(2)
    with listening(begun) as stream:
        live(stream)
        feed.publish([event, event, next_one])

        assert [event.id, next_one.id] == ids(stream, 2)


def test_a_stream_ends_with_its_session(begun, feed, door):
    account = door.sign_in(OWNER, "open sesame")
    kept, ended = door.issue(account), door.issue(account)
    with (
        listening(begun, headers={"Authorization": f"Bearer {kept.token}"}) as going_on,
        listening(begun, headers={"Authorization": f"Bearer {ended.token}"}) as stream,
    ):
        live(going_on)
        door.revoke(door.read(ended.token))
        last_words = end_of(stream)
        time.sleep(2 * RECHECK)
        feed.publish([event := an_event()])

        assert (4401, "sign in") == (last_words.code, last_words.reason[23:30])
        assert [event.id] == ids(going_on, 1)


def test_a_stream_ends_when_the_account_loses_its_right(begun, door):
    with listening(begun) as stream:
        live(stream)
        door.refused.add(OWNER)
        last_words = end_of(stream)
    assert 4403 == last_words.code


def narrow_socket(address):
    """A socket that holds little of what nobody reads."""
    host, port = address.split(":")
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    found.connect((host, int(port)))
    return found


def test_who_takes_nothing_is_dropped_and_nobody_else_notices(begun, feed, monkeypatch):
    # The last words wait for as long as the others here take.
    monkeypatch.setattr("cloudflow_plugin.api.live.channels.CLOSE_SECONDS", 60.0)
    big = "x" * 900
    with (
        listening(begun, OWNER, max_queue=1, compression=None, sock=narrow_socket(begun)) as slow,
        listening(begun, ADMIN, compression=None) as quick,
    ):
        live(quick)
        heard, sent = [], []
        for number in range(300):
            events = [discovered(a_file(f"{big}{number}.{one}", owner=OWNER)) for one in range(ROOM - 5)]
            feed.publish(events)
            sent += [event.id for event in events]
            heard += ids(quick, len(events))
        assert sent == heard
        last_words = end_of(slow)
    assert 1013 == last_words.code
    text = httpx.get(f"http://{begun}/cloudflow/api/v1/metrics", headers={"Authorization": f"Bearer {ADMIN}"}).text
    assert "cloudflow_live_clients_dropped_total 1.0" in text


def test_so_many_streams_and_no_more(begun):
    with listening(begun), listening(begun), listening(begun):
        with pytest.raises(InvalidStatus) as refused, listening(begun):
            pass
        assert (429, "30") == (refused.value.response.status_code, refused.value.response.headers["Retry-After"])
        with listening(begun, OTHER):
            pass
    time.sleep(0.3)
    with listening(begun):
        pass


def test_clients_are_told_of_an_outage_and_miss_nothing(begun, feed):
    with listening(begun) as stream:
        live(stream)
        feed.fail("the broker is down")
        notice = next_notice(stream)
        events = some_events(3)
        feed.publish(events)
        assert 200 == httpx.get(f"http://{begun}/cloudflow/api/v1/health").status_code
        headers = {"Authorization": f"Bearer {OWNER}"}
        url = f"http://{begun}/cloudflow/api/v1/events/history?from=2026-11-23T00:00:00Z"
        refused = httpx.get(url, headers=headers)
        feed.recover()

        assert ("waiting", True) == (notice["state"], "the broker is down" in notice["detail"])
        assert (503, True) == (refused.status_code, "retry-after" in refused.headers)
        assert [event.id for event in events] == ids(stream, 3)


def test_the_api_serves_without_a_bus_and_streams_begin_when_it_is_there(app, feed):
    feed.fail("the broker is down")
    with served(app) as address, listening(address) as stream:
        assert "waiting" == next_notice(stream)["state"]
        assert 200 == httpx.get(f"http://{address}/cloudflow/api/v1/health").status_code
        feed.publish(events := some_events(2))
        feed.recover()

        assert [event.id for event in events] == ids(stream, 2)


def test_what_a_client_says_changes_nothing(begun, feed):
    with listening(begun) as stream:
        live(stream)
        for words in ("hello", "{}", "x" * 100_000):
            stream.send(words)
        feed.publish([event := an_event()])

        assert [event.id] == ids(stream, 1)


def test_a_server_that_stops_says_so(app):
    with ending(app) as (address, end), listening(address) as stream:
        live(stream)
        end()
        last_words = end_of(stream)
    assert 1012 == last_words.code


def messages(lines):
    """Yield (event name, id, data) of server-sent events."""
    found = {}
    for line in lines:
        if not line:
            if "data" in found:
                yield found.get("event", "message"), found.get("id"), json.loads(found["data"])
            found = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value


@contextmanager
def reading(address, user=OWNER, query="", headers=None):
    headers = {"Authorization": f"Bearer {user}", **(headers or {})}
    url = f"http://{address}/cloudflow/api/v1/events{query}"
    with httpx.stream("GET", url, headers=headers, timeout=SOON) as response:
        yield response


def test_server_sent_events_tell_the_same(begun, feed):
    first, second = some_events(2)
    with reading(begun) as response:
        assert (200, "text/event-stream; charset=utf-8") == (response.status_code, response.headers["content-type"])
        assert "no-store" == response.headers["cache-control"]
        found = messages(response.iter_lines())
        assert "notice" == next(found)[0]
        time.sleep(0.1)
        feed.publish([an_event(OTHER), first])
        name, event_id, data = next(found)
        assert ("message", first.id, first.id) == (name, event_id, data["event"]["id"])
    feed.publish([second])
    with reading(begun, headers={"Last-Event-ID": first.id}) as response:
        found = messages(response.iter_lines())
        assert second.id == next(one for one in found if one[0] == "message")[1]


def test_a_silent_stream_shows_that_it_is_there(begun):
    with reading(begun) as response:
        assert ": still here" in (line for line in response.iter_lines())


@pytest.mark.parametrize(("user", "status"), [("nobody", 401), (STRANGER, 403)])
def test_server_sent_events_are_for_who_has_a_right(begun, user, status):
    with reading(begun, user) as response:
        assert status == response.status_code


def test_server_sent_events_end_with_their_session(begun, door):
    token = door.issue(door.sign_in(OWNER, "open sesame")).token
    with reading(begun, token) as response:
        found = messages(response.iter_lines())
        next(found)
        door.revoke(door.read(token))
        told = [data["notice"]["state"] for name, _, data in found if name == "notice"]
    assert ["ended"] == told[-1:]


def test_the_past_is_told_in_pages_to_whom_it_belongs(sign_in, feed):
    mine, now = some_events(25), datetime.now(UTC)
    feed.publish([*mine[:10], *some_events(5, OTHER), *mine[10:]], published_at=now - timedelta(minutes=5))
    query = {"from": (now - timedelta(hours=1)).isoformat(), "to": now.isoformat(), "limit": 10}
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        answer = sign_in(OWNER).get("/events/history", params={**query, **({"cursor": cursor} if cursor else {})})
        assert 200 == answer.status_code, answer.text
        found += [one["event"]["id"] for one in answer.json()["events"]]
        cursor, pages = answer.json()["next_cursor"], pages + 1

    assert ([event.id for event in mine], 3) == (found, pages)
    first = sign_in(OWNER).get("/events/history", params={**query, "limit": 1}).json()["events"][0]
    assert ("file-events", 0, 0, "team-docs") == (
        first["topic"],
        first["partition"],
        first["offset"],
        first["event"]["user"],
    )
    assert 30 == len(sign_in(ADMIN).get("/events/history", params={**query, "limit": 100}).json()["events"])
    assert [] == sign_in(VIEWER).get("/events/history", params=query).json()["events"]
    assert 401 == sign_in(None).get("/events/history", params=query).status_code
    assert 403 == sign_in(STRANGER).get("/events/history", params=query).status_code


@pytest.mark.parametrize(
    "query", ["", "from=x", "from=2026-11-23T12:00:00Z&limit=2001", "from=2026-11-23T12:00:00Z&cursor=WyJ4Il0"]
)
def test_a_past_that_is_asked_for_wrongly_is_refused(owner, query):
    assert 422 == owner.get(f"/events/history?{query}").status_code


@pytest.mark.parametrize("error", [WebSocketDisconnect(1006), RuntimeError("closed"), OSError("broken pipe")])
def test_a_client_that_leaves_while_it_is_sent_to_is_no_error(error):
    """Found under load: the end of the connection was heard by the sender before the listener."""
    from cloudflow_lib.domain.event_filter import EventFilter
    from cloudflow_plugin.api.callers import Caller
    from cloudflow_plugin.api.live.channels import EventSourceChannel, SocketChannel
    from cloudflow_plugin.api.live.hub import Hub
    from cloudflow_plugin.api.live.stream import GONE, Beginning, Stream

    class Wire:
        async def send_text(self, _text):
            raise error

        async def receive_text(self):
            await asyncio.sleep(60)

        receive = receive_text
        send = send_text

    async def play():
        wire = Wire()
        channel = (
            EventSourceChannel(wire.receive, wire.send, 1.0) if isinstance(error, OSError) else SocketChannel(wire)
        )
        stream = Stream(
            hub=Hub(kept=1, room=1),
            feed=None,
            caller=Caller(user=OWNER),
            wants=EventFilter(user=OWNER),
            beginning=Beginning(),
            settings=LiveSettings(),
            ask_again=None,
            pages=None,
        )
        return await stream.run(channel)

    assert asyncio.run(play()) is GONE
