"""Events: live over a WebSocket or server-sent events, and those of the past."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, Field, StringConstraints, TypeAdapter, ValidationError, model_validator
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cloudflow_lib.domain.event_filter import EventFilter
from cloudflow_lib.domain.events import moment_of_id
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import CloudFlowError, WrongInputError
from cloudflow_lib.ports.event_feed import FeedQuestion, Offsets, PlacedEvent
from cloudflow_plugin.api import fields
from cloudflow_plugin.api.callers import Caller, CallerDep, caller_of
from cloudflow_plugin.api.context import context_of
from cloudflow_plugin.api.live.channels import EventSourceChannel, SocketChannel
from cloudflow_plugin.api.live.doors import doors_of, room_for, serve_stream
from cloudflow_plugin.api.live.stream import Beginning
from cloudflow_plugin.api.problems import answer_to

router = APIRouter(prefix="/events", tags=["events"])

EventType = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=128)]
EventId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]
POSITIONS: TypeAdapter[list[tuple[Topic, int, int]]] = TypeAdapter(
    list[tuple[Topic, Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0, lt=2**62)]]]
)
MOST = 2000


class EventsQuery(fields.Request):
    """Which events are wanted."""

    topic: Topic | None = None
    type: EventType | None = Field(None, examples=["migration.advanced"])
    file_id: fields.FileId | None = None

    def wants(self, caller: Caller) -> EventFilter:
        """Return them as the domain's value; nobody but an administrator hears of what others own."""
        return EventFilter(
            user=caller.sees_owner,
            topics=frozenset({self.topic.value} if self.topic else ()),
            types=frozenset({self.type} if self.type else ()),
            file_id=self.file_id,
        )


class LiveQuery(EventsQuery):
    """Which events are wanted, and from where on."""

    last_event_id: EventId | None = Field(None, description="Begin behind the event of this id.")
    since: fields.Moment | None = Field(None, description="Begin with what was published from then on.")

    @model_validator(mode="after")
    def _begins_once(self) -> LiveQuery:
        if self.last_event_id is not None and self.since is not None:
            raise ValueError("a stream begins behind an event or at a time, not both")
        if self.last_event_id is not None and moment_of_id(self.last_event_id) is None:
            raise ValueError("last_event_id is the id of no event")
        return self

    def beginning(self) -> Beginning:
        """Return from where on."""
        return Beginning(last_event_id=self.last_event_id, since=self.since)


class HistoryQuery(EventsQuery):
    """Which part of the past is wanted."""

    from_: fields.Moment = Field(alias="from", description="Published from then on.", examples=["2026-11-23T12:00:00Z"])
    to: fields.Moment | None = Field(None, description="Published before; left out: until now.")
    limit: Annotated[int, Field(ge=1, le=MOST)] = 500
    cursor: fields.Cursor | None = None


class CloudEvent(fields.Answer):
    """An event with the attribute names of CloudEvents 1.0."""

    specversion: str
    id: str
    type: str = Field(examples=["io.cloudflow.file.uploaded.v1"])
    source: str
    time: AwareDatetime
    subject: str = Field(description="What it happened to: a file, a migration, a location, a run.")
    user: str = Field(description="Whose it is.")
    data: dict[str, Any] = Field(description="What happened; its names depend on the type.")


class PastEvent(fields.Answer):
    """An event, and where it stands in Kafka."""

    topic: Topic
    partition: int
    offset: int
    published_at: AwareDatetime
    event: CloudEvent


class History(fields.Answer):
    """A page of the past, in the order of publication."""

    events: list[PastEvent]
    next_cursor: str | None = Field(description="Null at the end; a page may be empty before it.")


class EventSource(Response):
    """An answer that goes on until the client leaves."""

    media_type = "text/event-stream"

    def __init__(self, request: Request, caller: Caller, query: LiveQuery) -> None:
        super().__init__()
        self._request = request
        self._caller = caller
        self._query = query

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream."""
        try:
            with room_for(self._request, self._caller):
                ping_seconds = context_of(self._request).settings().api.live.ping_seconds
                channel = EventSourceChannel(receive, send, ping_seconds)
                await channel.open()
                wants, beginning = self._query.wants(self._caller), self._query.beginning()
                await serve_stream(self._request, channel, self._caller, wants, beginning)
        except CloudFlowError as error:
            await answer_to(scope, error)(scope, receive, send)


@router.get(
    "",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "The stream."}},
)
async def stream_events(request: Request, query: Annotated[LiveQuery, Query()], caller: CallerDep) -> Response:
    """
    Hear of events as they happen, as server-sent events; `Last-Event-ID` does what `last_event_id` does.

    Each has an envelope with its topic, partition and offset as data. A word about the stream itself has the
    event name `notice`. After a break some events may come again: their ids tell.
    """
    given = request.headers.get("last-event-id")
    if given and query.last_event_id is None:
        query = _live_query({**request.query_params, "last_event_id": given})
    return EventSource(request, caller, query)


@router.websocket("/ws")
async def events_over_websocket(socket: WebSocket) -> None:
    """
    Hear of events as they happen: a text message each, the data of server-sent events.

    It is closed with 4401 when the session has ended, 4403 when the account lost its right, 1013 when
    the client was too slow, 1012 when the server stops.
    """
    try:
        caller = await caller_of(socket)
        query = _live_query(dict(socket.query_params))
        with room_for(socket, caller):
            await socket.accept()
            await serve_stream(socket, SocketChannel(socket), caller, query.wants(caller), query.beginning())
    except (CloudFlowError, RequestValidationError, HTTPException) as error:
        await socket.send_denial_response(answer_to(socket.scope, error))


def _live_query(given: dict[str, Any]) -> LiveQuery:
    try:
        return LiveQuery.model_validate(given)
    except ValidationError as error:
        found = [{**one, "loc": ("query", *one["loc"])} for one in error.errors(include_context=False)]
        raise RequestValidationError(found) from error


@router.get("/history", responses={503: {"description": "Kafka does not answer."}})
async def past_events(request: Request, query: Annotated[HistoryQuery, Query()], caller: CallerDep) -> History:
    """Look at what happened, page by page; nothing runs again."""
    doors = doors_of(request)
    question = FeedQuestion(
        wants=query.wants(caller),
        limit=query.limit,
        since=query.from_,
        until=query.to,
        after=_offsets_of(query.cursor) if query.cursor else {},
    )
    page = await to_thread.run_sync(doors.feed.page, question, limiter=doors.pages)
    cursor = None if page.is_whole else _cursor_of(page.behind)
    return History(events=[_past(one) for one in page.events], next_cursor=cursor)


def _past(one: PlacedEvent) -> PastEvent:
    return PastEvent(
        topic=one.event.topic,
        partition=one.partition,
        offset=one.offset,
        published_at=one.published_at,
        event=CloudEvent.model_validate(one.event.model_dump(mode="json")),
    )


def _cursor_of(offsets: Offsets) -> str:
    text = json.dumps([(topic, number, offset) for (topic, number), offset in sorted(offsets.items())])
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _offsets_of(cursor: str) -> Offsets:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return {(topic.value, number): offset for topic, number, offset in POSITIONS.validate_json(text)}
    except ValueError as error:
        raise WrongInputError("the cursor is not one that this list gave out: begin anew without it") from error
