"""Files: find them, look at one, and see how it was read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.listing import FileOrder, FileQuery
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.domain.usage import whole_reads
from cloudflow_lib.workflows.read_file import visible_file
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import MOST_BYTES, Answer, Cursor, FileId, Handle, Key, Limit, Moment, Request, Text

router = APIRouter(prefix="/files", tags=["files"])


class File(Answer):
    """A file wherever it lies now."""

    file_id: FileId = Field(examples=["7c211433f02071597741e6ff5a8ea34f"])
    owner: str = Field(examples=["team-docs"])
    location_id: str = Field(examples=["s3-main"])
    name: str = Field(description="Its key at the location.", examples=["reports/2026/q1.csv"])
    size_bytes: int
    content_type: str | None
    tier: Tier
    tier_reasons: tuple[str, ...] = Field(description="Why it is hot, warm or cold, in words for people.")
    tier_since: AwareDatetime
    storage_class: str = Field(description="The provider's own word.", examples=["STANDARD_IA"])
    modified_at: AwareDatetime
    first_seen_at: AwareDatetime
    last_read_at: AwareDatetime | None
    state: FileState
    version: str = Field(description="Pins exactly these bytes; give it as `replaces` to send new ones.")
    migration_id: str | None = Field(description="The unfinished migration that holds the file.")


class FilePage(Answer):
    """One page of files."""

    files: list[File]
    next_cursor: Cursor | None = Field(description="Give it back as `cursor` for the page behind; null at the end.")


class FilesQuery(Request):
    """What to look for, and in which order."""

    name: Text | None = Field(None, description="Somewhere in the name, whatever its case.", examples=["report"])
    prefix: Key | None = Field(None, description="The name begins with it.", examples=["reports/2026/"])
    location_id: Handle | None = Field(None, examples=["s3-main"])
    tier: list[Tier] = Field([], max_length=3, description="One of these classes; none: any.")
    min_bytes: int | None = Field(None, ge=0, le=MOST_BYTES)
    max_bytes: int | None = Field(None, ge=0, le=MOST_BYTES)
    modified_since: Moment | None = None
    modified_until: Moment | None = None
    read_since: Moment | None = None
    unread_since: Moment | None = Field(None, description="Not read from then on, or never.")
    sort: FileOrder = FileOrder.NAME
    direction: Literal["asc", "desc"] = "asc"
    cursor: Cursor | None = None
    limit: Limit = 100

    def as_query(self, owner: str | None) -> FileQuery:
        """Return it as the domain's value."""
        return FileQuery(
            owner=owner,
            name=self.name or None,
            prefix=self.prefix or None,
            location_id=self.location_id,
            tiers=frozenset(self.tier),
            min_bytes=self.min_bytes,
            max_bytes=self.max_bytes,
            modified_since=self.modified_since,
            modified_until=self.modified_until,
            read_since=self.read_since,
            unread_since=self.unread_since,
            order=self.sort,
            descending=self.direction == "desc",
        )


class ReadDay(Answer):
    """The reads of one UTC day."""

    day: date
    reads: int = Field(description="As people count: a file fetched in a hundred ranges was read once.")
    requests: int
    read_bytes: int


class Accesses(Answer):
    """How a file was read, day by day, without gaps."""

    file_id: FileId
    days: list[ReadDay]


def file_out(file: CatalogFile) -> File:
    """Return what is told about *file*."""
    return File(
        file_id=file.file_id,
        owner=file.owner,
        location_id=file.location_id,
        name=file.key,
        size_bytes=file.size_bytes,
        content_type=file.content_type,
        tier=file.tier,
        tier_reasons=file.tier_reasons,
        tier_since=file.tier_since,
        storage_class=file.storage_class,
        modified_at=file.modified_at,
        first_seen_at=file.first_seen_at,
        last_read_at=file.last_read_at,
        state=file.state,
        version=file.version,
        migration_id=file.migration_id,
    )


@router.get("", response_model=FilePage)
def find_files(query: Annotated[FilesQuery, Query()], caller: CallerDep, services: ServicesDep) -> Response:
    """Find files by any filter, in any order, a page at a time."""
    wanted = query.as_query(caller.sees_owner)
    page = services.catalog.find_files(wanted, cursor=query.cursor or None, limit=query.limit)
    told = FilePage(files=[file_out(file) for file in page.files], next_cursor=page.next_cursor)
    # Ready-made: FastAPI would check every field again, in a thread, and nothing is asked as often as this.
    return Response(told.model_dump_json(), media_type="application/json")


class Count(Answer):
    """How many files match, and how many bytes they have together."""

    files: int
    size_bytes: int


@router.get("/count")
def count_files(query: Annotated[FilesQuery, Query()], caller: CallerDep, services: ServicesDep) -> Count:
    """Count the files that the same filters would find."""
    tally = services.catalog.count_files(query.as_query(caller.sees_owner))
    return Count(files=tally.files, size_bytes=tally.size_bytes)


@router.get("/{file_id}")
def one_file(file_id: FileId, caller: CallerDep, services: ServicesDep) -> File:
    """Look at one file; one that vanished is still told of."""
    return file_out(visible_file(file_id, caller.sees_owner, services))


@router.get("/{file_id}/accesses")
def accesses_of_file(
    file_id: FileId,
    caller: CallerDep,
    services: ServicesDep,
    days: Annotated[int, Query(ge=1, le=400, description="How far back.")] = 90,
) -> Accesses:
    """See how often a file was read on each day, today included."""
    file = visible_file(file_id, caller.sees_owner, services)
    today: datetime = services.clock()
    since = today.date() - timedelta(days=days - 1)
    found = {rollup.day: rollup for rollup in services.catalog.reads_of([file_id], since).get(file_id, ())}
    listed = []
    for number in range(days):
        day = since + timedelta(days=number)
        rollup = found.get(day)
        reads = whole_reads(rollup, file.size_bytes) if rollup else 0
        requests, size = (rollup.reads, rollup.read_bytes) if rollup else (0, 0)
        listed.append(ReadDay(day=day, reads=reads, requests=requests, read_bytes=size))
    return Accesses(file_id=file_id, days=listed)
