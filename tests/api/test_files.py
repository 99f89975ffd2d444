"""Files as the API shows them: each to whom it belongs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.domain.tiers import Tier
from tests.api.conftest import ADMIN, NOW, OTHER, OWNER, STRANGER, VIEWER
from tests.api.places import add_file, add_place

MISSING = "0" * 32


@pytest.fixture(autouse=True)
def file(catalog, stores):
    add_place(catalog, stores)
    add_file(catalog, stores, "media/film.mp4", b"f" * 40, tier=Tier.HOT)
    add_file(catalog, stores, "docs/Second report.csv", b"22", tier=Tier.COLD)
    return add_file(catalog, stores)


def names(answer):
    assert 200 == answer.status_code, answer.text
    return [found["name"] for found in answer.json()["files"]]


PATHS = ("/files", "/files/count", "/files/{id}", "/files/{id}/accesses", "/files/{id}/content", "/totals")


@pytest.mark.parametrize("path", PATHS)
def test_nobody_without_an_account_sees_anything(anonymous, stranger, file, path):
    assert 401 == anonymous.get(path.format(id=file.file_id)).status_code
    assert 403 == stranger.get(path.format(id=file.file_id)).status_code


@pytest.mark.parametrize("path", [path for path in PATHS if "{id}" in path])
def test_what_belongs_to_others_does_not_exist(sign_in, file, path):
    answers = {
        name: sign_in(name).get(path.format(id=file.file_id)).status_code for name in (OWNER, OTHER, VIEWER, ADMIN)
    }

    assert {OWNER: 200, OTHER: 404, VIEWER: 404, ADMIN: 200} == answers
    assert 404 == sign_in(OWNER).get(path.format(id=MISSING)).status_code
    there = sign_in(OTHER).get(path.format(id=file.file_id)).json()["detail"]
    assert there.replace(file.file_id, "") == sign_in(OTHER).get(path.format(id=MISSING)).json()["detail"].replace(
        MISSING, ""
    )


def test_everybody_lists_their_own_and_an_administrator_all(owner, other, viewer, admin):
    assert ["docs/Second report.csv", "docs/report.csv"] == names(owner.get("/files"))
    assert ["media/film.mp4"] == names(other.get("/files"))
    assert [] == names(viewer.get("/files"))
    assert 3 == len(names(admin.get("/files")))


def test_a_file_is_told_of_as_the_catalogue_knows_it(owner, file):
    found = owner.get(f"/files/{file.file_id}").json()

    assert (file.file_id, "docs/report.csv", 10, "warm", "main", file.version) == (
        found["file_id"],
        found["name"],
        found["size_bytes"],
        found["tier"],
        found["location_id"],
        found["version"],
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=REPORT", ["docs/Second report.csv", "docs/report.csv"]),
        ("name=second", ["docs/Second report.csv"]),
        ("prefix=docs/r", ["docs/report.csv"]),
        ("tier=cold", ["docs/Second report.csv"]),
        ("tier=cold&tier=warm&sort=size&direction=desc", ["docs/report.csv", "docs/Second report.csv"]),
        ("min_bytes=3", ["docs/report.csv"]),
        ("max_bytes=3", ["docs/Second report.csv"]),
        ("location_id=other", []),
        ("unread_since=2026-01-01T00:00:00Z", ["docs/Second report.csv", "docs/report.csv"]),
        ("read_since=2026-01-01T00:00:00Z", []),
    ],
)
def test_filters_and_orders_reach_the_catalogue(owner, query, expected):
    assert expected == names(owner.get(f"/files?{query}"))
    assert len(expected) == owner.get(f"/files/count?{query}").json()["files"]


def test_a_list_pages_by_cursor(owner):
    first = owner.get("/files?limit=1&sort=modified").json()
    second = owner.get(f"/files?limit=1&sort=modified&cursor={first['next_cursor']}").json()

    assert 2 == len({first["files"][0]["name"], second["files"][0]["name"]})
    assert second["next_cursor"] is None
    assert 422 == owner.get(f"/files?sort=name&cursor={first['next_cursor']}").status_code


@pytest.mark.parametrize(
    "query",
    [
        "name[$ne]=x",
        "location_id[$gt]=",
        "location_id=$where",
        "name=a%0d%0ab",
        "name=a%00b",
        "prefix=" + "x" * 1025,
        "name=" + "x" * 257,
        "limit=0",
        "limit=501",
        "limit=x",
        "tier=boiling",
        "sort=$natural",
        "min_bytes=-1",
        "max_bytes=99999999999999999999999",
        "modified_since=yesterday",
        "modified_since=2026-01-01T00:00:00",
        "cursor=%7B%7D",
        "cursor=e30",
        "unknown=1",
    ],
)
def test_what_is_no_query_is_refused_with_a_problem(owner, query):
    answer = owner.get(f"/files?{query}")

    assert (422, "application/problem+json") == (answer.status_code, answer.headers["content-type"])


@pytest.mark.parametrize("file_id", ["x", "..%2f..%2fetc", "$ne", "A" * 32, "0" * 33])
def test_what_is_no_id_of_a_file_is_refused(owner, file_id):
    assert owner.get(f"/files/{file_id}").status_code in {404, 422}


def test_an_unchanged_file_is_not_sent_again(owner, file):
    tag = owner.get(f"/files/{file.file_id}").headers["etag"]

    assert 304 == owner.get(f"/files/{file.file_id}", headers={"If-None-Match": tag}).status_code


def test_accesses_are_told_day_by_day_without_gaps(owner, catalog, file):
    day = NOW.date() - timedelta(days=2)
    rollup = DayRollup(file_id=file.file_id, day=day, reads=3, read_bytes=30, hours={5: 3}, last_read_at=NOW)
    catalog.add_reads("b", [rollup])
    days = owner.get(f"/files/{file.file_id}/accesses?days=4").json()["days"]

    assert [0, 3, 0, 0] == [one["reads"] for one in days]
    assert NOW.date().isoformat() == days[-1]["day"]


def test_a_download_is_the_file_and_counts_as_a_read(owner, catalog, file):
    answer = owner.get(f"/files/{file.file_id}/content")

    assert (200, b"0123456789", "text/csv; charset=utf-8") == (
        answer.status_code,
        answer.content,
        answer.headers["content-type"],
    )
    assert "attachment; filename*=UTF-8''report.csv" == answer.headers["content-disposition"]
    (day,) = owner.get(f"/files/{file.file_id}/accesses?days=1").json()["days"]
    assert (1, 1, 10) == (day["reads"], day["requests"], day["read_bytes"])
    assert catalog.file(file.file_id).last_read_at == NOW


@pytest.mark.parametrize(
    ("asked", "status", "body", "said"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=8-100", 206, b"89", "bytes 8-9/10"),
        ("bytes=-100", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=5-4", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
def test_ranges_are_answered_as_the_rfc_says(owner, file, asked, status, body, said):
    answer = owner.get(f"/files/{file.file_id}/content", headers={"Range": asked})

    assert (status, body, said) == (answer.status_code, answer.content, answer.headers.get("content-range"))
    assert str(len(body)) == answer.headers["content-length"]


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_behind_the_end_is_not_satisfiable(owner, file, asked):
    answer = owner.get(f"/files/{file.file_id}/content", headers={"Range": asked})

    assert (416, "bytes */10") == (answer.status_code, answer.headers["content-range"])


def test_a_range_of_another_version_gets_the_whole_file(owner, file):
    tag = owner.get(f"/files/{file.file_id}/content").headers["etag"]
    old = owner.get(f"/files/{file.file_id}/content", headers={"Range": "bytes=0-1", "If-Range": '"old"'})
    same = owner.get(f"/files/{file.file_id}/content", headers={"Range": "bytes=0-1", "If-Range": tag})

    assert (200, 206) == (old.status_code, same.status_code)
    assert 304 == owner.get(f"/files/{file.file_id}/content", headers={"If-None-Match": tag}).status_code


def test_a_file_that_was_overwritten_or_removed_is_said_to_be(owner, stores, file):
    stores["main"].put(file.key, b"other", ObjectTraits())
    assert 409 == owner.get(f"/files/{file.file_id}/content").status_code
    stores["main"].delete(file.key)
    assert 404 == owner.get(f"/files/{file.file_id}/content").status_code


def test_an_empty_file_and_a_vanished_one(owner, catalog, stores):
    empty = add_file(catalog, stores, "docs/empty", b"", content_type="text/html")
    gone = add_file(catalog, stores, "docs/gone", b"1", state=FileState.VANISHED)

    answer = owner.get(f"/files/{empty.file_id}/content")
    assert (200, b"", "sandbox") == (
        answer.status_code,
        answer.content,
        answer.headers["content-security-policy"].split("; ")[-1],
    )
    assert 404 == owner.get(f"/files/{gone.file_id}/content").status_code
    assert "vanished" == owner.get(f"/files/{gone.file_id}").json()["state"]


def test_totals_sum_up_what_the_caller_sees(owner, other, admin, viewer):
    mine, theirs, all_of_them = (who.get("/totals").json() for who in (owner, other, admin))

    assert (2, 12) == (mine["files"], mine["size_bytes"])
    assert (1, 40) == (theirs["files"], theirs["size_bytes"])
    assert (3, 52) == (all_of_them["files"], all_of_them["size_bytes"])
    assert {("main", "memory", "warm", 10), ("main", "memory", "cold", 2)} == {
        (total["location_id"], total["provider"], total["tier"], total["size_bytes"]) for total in mine["totals"]
    }
    assert [] == viewer.get("/totals").json()["totals"]
    assert STRANGER not in str(all_of_them)
