"""
Every present file as columns in memory: filters, orders and sums in milliseconds.

A file takes about 150 bytes, its name twice: 100,000 files 20 MB, a million 200 MB. Owners, locations and storage
classes are few, so that they are kept and compared as numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import ge, le, lt

import polars as pl

from cloudflow_lib.adapters.catalogs.mongo_news import Relocation
from cloudflow_lib.domain.campaigns import Tally
from cloudflow_lib.domain.classification import HEAT
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.listing import NEVER, FileOrder, FileQuery, Position, SortValue
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.ports.file_finder import TierTotal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TIER_OF = {heat: tier for tier, heat in HEAT.items()}

SCHEMA: dict[str, type[pl.DataType]] = {
    "file_id": pl.String,
    "owner": pl.Categorical,
    "location_id": pl.Categorical,
    "key": pl.String,
    "lower": pl.String,
    "size_bytes": pl.Int64,
    "modified_at": pl.Int64,
    "last_read_at": pl.Int64,
    "heat": pl.Int64,
    "storage_class": pl.Categorical,
}
PLACE = ("location_id", "key", "lower", "storage_class")
COLUMN_OF = {
    FileOrder.NAME: "key",
    FileOrder.SIZE: "size_bytes",
    FileOrder.MODIFIED: "modified_at",
    FileOrder.READ: "last_read_at",
    FileOrder.TIER: "heat",
}
MOST_CHUNKS = 16
"""Each change leaves one behind, and each makes every next look and change a little slower."""
FEW_ROWS = 20_000
"""So many are sorted whole in less time than it takes to plan for the first of them."""
GROUP = ("location_id", "owner", "heat", "storage_class")


class FileColumns:
    """A value that is replaced as a whole: readers in other threads keep the one they began with."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._table = table

    @classmethod
    def of(cls, pages: Iterable[Sequence[CatalogFile]]) -> FileColumns:
        """Return the columns of all files in *pages*."""
        return cls(pl.concat([_table_of(page) for page in pages] or [_table_of([])], rechunk=True))

    def __len__(self) -> int:
        return self._table.height

    def with_changes(self, files: Sequence[CatalogFile], changed: Sequence[str]) -> FileColumns:
        """Return the columns with *files* as they are now; other ids in *changed* are gone."""
        rest = self._table.filter(~pl.col("file_id").is_in(changed))
        return FileColumns(pl.concat([rest, _table_of(files)], rechunk=rest.n_chunks() >= MOST_CHUNKS))

    def with_moves(self, moves: Mapping[str, Relocation]) -> tuple[FileColumns, frozenset[str]]:
        """
        Return the columns with files at their new places, and the ids of those.

        Only what still lies in the location that it left: whatever else there is came from a later look.
        """
        ways = pl.DataFrame(
            [
                (file_id, way.left, way.location_id, way.key, way.key.lower(), way.storage_class)
                for file_id, way in moves.items()
            ],
            schema={"file_id": pl.String, "left": pl.String, **dict.fromkeys(PLACE, pl.String)},
            orient="row",
        )
        known = self._table.filter(pl.col("file_id").is_in(ways["file_id"].to_list()))
        met = known.join(ways, on="file_id", suffix="_now").filter(
            pl.col("location_id").cast(pl.String) == pl.col("left")
        )
        now = [pl.col(f"{name}_now").cast(SCHEMA[name]).alias(name) for name in PLACE]
        ids = met["file_id"].to_list()
        rest = self._table.filter(~pl.col("file_id").is_in(ids))
        table = pl.concat([rest, met.with_columns(now).select(SCHEMA.keys())], rechunk=rest.n_chunks() >= MOST_CHUNKS)
        return FileColumns(table), frozenset(ids)

    def find(self, query: FileQuery, behind: Position | None, limit: int) -> list[Position]:
        """Return the places of the first *limit* files of *query* behind a place, in its order."""
        column = COLUMN_OF[query.order]
        by, matching = [column, "file_id"], list(_matching(query))
        if behind is not None:
            matching.append(_is_behind(column, behind, descending=query.descending))
        found = self._found(matching, by)
        if found.height > FEW_ROWS:
            many = found.lazy()
            found = (many.top_k if query.descending else many.bottom_k)(limit, by=by).collect()
        rows = found.sort(by, descending=query.descending).head(limit).iter_rows()
        return [Position(_value_of(value, query.order), file_id) for value, file_id in rows]

    def count(self, query: FileQuery) -> Tally:
        """Return how many files *query* accepts and their bytes."""
        found = self._found(list(_matching(query)), ["size_bytes"])
        return Tally(files=found.height, size_bytes=int(found["size_bytes"].sum()))

    def sums(self, owner: str | None) -> list[TierTotal]:
        """Return files and bytes per location, owner, class and storage class."""
        found = self._found(list(_matching(FileQuery(owner=owner))), [*GROUP, "size_bytes"])
        sums = found.group_by(GROUP).agg(pl.len().alias("files"), pl.col("size_bytes").sum())
        totals = [
            TierTotal(
                location_id=location_id,
                owner=whose,
                tier=TIER_OF[heat],
                storage_class=storage_class,
                files=files,
                size_bytes=size_bytes,
            )
            for location_id, whose, heat, storage_class, files, size_bytes in sums.iter_rows()
        ]
        return sorted(totals, key=lambda total: (total.location_id, total.owner, total.tier, total.storage_class))

    def _found(self, matching: Sequence[pl.Expr], wanted: Sequence[str]) -> pl.DataFrame:
        """Return these columns of the rows for which everything holds, looking at fewer rows each time."""
        asked = (name for one in matching for name in one.meta.root_names())
        found = self._table[list(dict.fromkeys((*wanted, *asked)))]
        for one in matching:
            found = found.filter(one)
        return found[list(wanted)]


def _table_of(files: Sequence[CatalogFile]) -> pl.DataFrame:
    rows = [
        (
            file.file_id,
            file.owner,
            file.location_id,
            file.key,
            file.key.lower(),
            file.size_bytes,
            _micros(file.modified_at),
            _micros(file.last_read_at or NEVER),
            HEAT[file.tier],
            file.storage_class,
        )
        for file in files
        if file.state is FileState.PRESENT
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _matching(query: FileQuery) -> Iterator[pl.Expr]:
    """Yield `FileQuery.accepts` as expressions that all hold, the cheapest first."""
    for column, wanted in (("owner", query.owner), ("location_id", query.location_id)):
        if wanted is not None:
            yield pl.col(column) == wanted
    if query.tiers:
        yield pl.col("heat").is_in([HEAT[tier] for tier in Tier if tier in query.tiers])
    for column, is_within, bound in (
        ("size_bytes", ge, query.min_bytes),
        ("size_bytes", le, query.max_bytes),
        ("modified_at", ge, query.modified_since),
        ("modified_at", le, query.modified_until),
        ("last_read_at", ge, query.read_since),
        ("last_read_at", lt, query.unread_since),
    ):
        if bound is not None:
            yield is_within(pl.col(column), _micros(bound) if isinstance(bound, datetime) else bound)
    if query.prefix:
        yield pl.col("key").str.starts_with(query.prefix)
    if query.name:
        yield pl.col("lower").str.contains(query.name.lower(), literal=True)


def _is_behind(column: str, place: Position, *, descending: bool) -> pl.Expr:
    value = _micros(place.value) if isinstance(place.value, datetime) else place.value
    same = pl.col(column) == value
    if descending:
        return (pl.col(column) < value) | (same & (pl.col("file_id") < place.file_id))
    return (pl.col(column) > value) | (same & (pl.col("file_id") > place.file_id))


def _micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _value_of(value: str | int, order: FileOrder) -> SortValue:
    if order in {FileOrder.MODIFIED, FileOrder.READ} and isinstance(value, int):
        return EPOCH + MICROSECOND * value
    return value
