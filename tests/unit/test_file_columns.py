"""Columns answer what looking at each file would, however many rows there are."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from cloudflow_lib.adapters.catalogs import file_columns
from cloudflow_lib.adapters.catalogs.file_columns import FileColumns
from cloudflow_lib.adapters.catalogs.mongo_news import Relocation
from cloudflow_lib.domain.campaigns import Tally
from cloudflow_lib.domain.files import CatalogFile, file_id_at
from cloudflow_lib.domain.listing import FileOrder, FileQuery, Position
from cloudflow_lib.domain.tiers import Tier

NOW = datetime(2026, 11, 28, tzinfo=UTC)
OWNERS, PLACES = ("team-docs", "team-data", "Ünï"), ("s3-main", "azure-main")
QUERIES = (
    FileQuery(),
    FileQuery(owner="team-docs"),
    FileQuery(owner="Ünï", name="PORT-1"),
    FileQuery(owner="nobody"),
    FileQuery(location_id="azure-main", prefix="in/", tiers=frozenset({Tier.COLD, Tier.HOT})),
    FileQuery(owner="team-data", location_id="s3-main", min_bytes=100, max_bytes=600),
    FileQuery(modified_since=NOW - timedelta(days=9), modified_until=NOW - timedelta(days=2)),
)


def files():
    dice = random.Random(5)
    for number in range(240):
        key = f"{dice.choice(['in', 'out'])}/Report-{number:03}.csv"
        place = dice.choice(PLACES)
        yield CatalogFile(
            file_id=file_id_at(place, key),
            owner=dice.choice(OWNERS),
            location_id=place,
            key=key,
            size_bytes=dice.randrange(8) * 100,
            version="v",
            storage_class="STANDARD",
            modified_at=NOW - timedelta(days=dice.randrange(12)),
            content_type="text/csv",
            tier=dice.choice(list(Tier)),
            tier_since=NOW,
            first_seen_at=NOW,
        )


FILES = list(files())


def sort_value(file, order):
    return {FileOrder.NAME: file.key, FileOrder.SIZE: file.size_bytes, FileOrder.MODIFIED: file.modified_at}[order]


@pytest.fixture(params=["few", "many"])
def columns(request, monkeypatch):
    if request.param == "many":
        monkeypatch.setattr(file_columns, "FEW_ROWS", 0)
    return FileColumns.of([FILES[:100], FILES[100:]])


@pytest.mark.parametrize(
    ("query", "order", "descending"),
    list(product(QUERIES, (FileOrder.NAME, FileOrder.SIZE, FileOrder.MODIFIED), (False, True))),
)
def test_pages_hold_what_the_query_accepts_in_its_order(columns, query, order, descending):
    asked = replace(query, order=order, descending=descending)
    accepted = sorted(
        (Position(sort_value(file, order), file.file_id) for file in FILES if query.accepts(file)),
        key=lambda place: (place.value, place.file_id),
        reverse=descending,
    )

    found, behind = [], None
    while page := columns.find(asked, behind, 7):
        found += page
        behind = page[-1]

    assert accepted == found


@pytest.mark.parametrize("query", QUERIES)
def test_a_count_is_of_what_the_query_accepts(columns, query):
    accepted = [file for file in FILES if query.accepts(file)]

    assert Tally(files=len(accepted), size_bytes=sum(file.size_bytes for file in accepted)) == columns.count(query)


def test_a_change_is_in_the_columns_whoever_owns_it_now(columns):
    moved = replace(FILES[0], owner="somebody-new")

    after = columns.with_changes([moved], [moved.file_id])

    assert [moved.file_id] == [place.file_id for place in after.find(FileQuery(owner="somebody-new"), None, 5)]
    assert len(FILES) == len(after)
    assert {"somebody-new", *OWNERS} == {total.owner for total in after.sums(None)}


def test_files_lie_where_they_moved_to_with_all_else_as_it_was(columns):
    one, other = FILES[0], FILES[150]
    moves = {
        file.file_id: Relocation(
            left=file.location_id, location_id="new", key=f"To/{file.key}", storage_class="ARCHIVE"
        )
        for file in (one, other)
    }

    after, met = columns.with_moves(moves)

    assert {one.file_id, other.file_id} == met
    rows = {file.file_id: file for file in FILES}
    for file in (one, other):
        moved = replace(file, location_id="new", key=f"To/{file.key}", storage_class="ARCHIVE")
        rows[file.file_id] = moved
    same = FileColumns.of([list(rows.values())])
    assert same.sums(None) == after.sums(None)
    for query in (FileQuery(), FileQuery(location_id="new"), FileQuery(prefix="To/"), FileQuery(name="to/")):
        assert same.find(query, None, 500) == after.find(query, None, 500)
    assert FileColumns.of([FILES]).sums(None) == columns.sums(None)  # who looks at the value before sees no change


def test_a_file_that_is_unknown_or_lies_elsewhere_by_now_is_left_for_reading(columns):
    way = Relocation(left="where it never was", location_id="new", key="k", storage_class="ARCHIVE")

    after, met = columns.with_moves({FILES[0].file_id: way, "nobody": way})

    assert frozenset() == met
    assert columns.find(FileQuery(), None, 500) == after.find(FileQuery(), None, 500)
    assert columns.sums(None) == after.sums(None)
