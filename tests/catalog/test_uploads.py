"""What the part ledger promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.domain.objects import ChecksumKind, UploadedPart, UploadId
from cloudflow_lib.domain.uploads import PartNote, UploadEntry
from cloudflow_lib.transfer.digest import digest_of
from tests.catalog.examples import NOW

MIB = 1024 * 1024
UPLOAD = UploadId("2~abc/def.$")


def an_entry(migration="run/1.a", attempt=1, **changes):
    entry = UploadEntry(
        migration_id=migration,
        attempt=attempt,
        location_id="s3-main",
        key="a/b $.bin",
        source_version="etag",
        size_bytes=40 * MIB,
        part_bytes=16 * MIB,
        begun_at=NOW,
    )
    return replace(entry, **changes)


def a_note(number=1, data=b"bytes", tag="etag-1"):
    digest = digest_of(data)
    told = {ChecksumKind.CRC64NVME: digest.checksums[ChecksumKind.CRC64NVME]}
    return PartNote(
        part=UploadedPart(number=number, size_bytes=len(data), tag=tag, checksums=told),
        digest=digest,
    )


def test_what_was_written_is_read_again(catalog):
    entry = an_entry()
    assert catalog.last_upload(entry.migration_id) is None
    assert catalog.open_upload(entry)
    assert entry == catalog.last_upload(entry.migration_id)

    assert catalog.name_upload(entry, UPLOAD)
    for note in (a_note(2, b"more"), a_note(1), a_note(10_000, b"")):
        catalog.note_part(entry, note)

    parts = {1: a_note(1), 2: a_note(2, b"more"), 10_000: a_note(10_000, b"")}
    assert replace(entry, upload_id=UPLOAD, parts=parts) == catalog.last_upload(entry.migration_id)


def test_a_part_that_is_sent_again_replaces_its_note(catalog):
    entry = an_entry()
    catalog.open_upload(entry)
    catalog.note_part(entry, a_note(1, b"old", "old"))
    catalog.note_part(entry, a_note(1, b"new", "new"))

    assert {1: a_note(1, b"new", "new")} == catalog.last_upload(entry.migration_id).parts


def test_an_attempt_is_written_by_one_worker_only(catalog):
    mine, theirs = an_entry(), an_entry(begun_at=NOW + timedelta(seconds=1))

    assert catalog.open_upload(mine)
    assert not catalog.open_upload(theirs)
    assert mine == catalog.last_upload(mine.migration_id)


def test_an_upload_gets_one_name_and_only_while_it_is_open(catalog):
    entry = an_entry()
    catalog.open_upload(entry)

    assert catalog.name_upload(entry, UPLOAD)
    assert catalog.name_upload(entry, UPLOAD)
    assert not catalog.name_upload(entry, UploadId("another"))
    catalog.close_upload(entry, NOW)
    assert not catalog.name_upload(entry, UPLOAD)
    assert UPLOAD == catalog.last_upload(entry.migration_id).upload_id


def test_the_last_attempt_counts_even_behind_nine_others(catalog):
    for attempt in range(1, 12):
        assert catalog.open_upload(an_entry(attempt=attempt))
        catalog.close_upload(an_entry(attempt=attempt), NOW)
    catalog.open_upload(an_entry("run/1", attempt=99))

    assert 11 == catalog.last_upload("run/1.a").attempt


def test_a_closed_upload_forgets_its_parts_and_stays_to_be_swept(catalog):
    entry = an_entry()
    catalog.open_upload(entry)
    catalog.note_part(entry, a_note())
    assert [entry] == list(catalog.open_uploads())

    catalog.close_upload(entry, NOW)
    catalog.close_upload(entry, NOW + timedelta(days=1))

    closed = replace(entry, closed_at=NOW)
    assert closed == catalog.last_upload(entry.migration_id)
    assert [] == list(catalog.open_uploads())
    assert [] == list(catalog.closed_uploads(NOW))
    assert [closed] == list(catalog.closed_uploads(NOW + timedelta(seconds=1)))


def test_uploads_are_listed_oldest_first_and_without_their_parts(catalog):
    entries = [an_entry(str(number), begun_at=NOW + timedelta(seconds=number)) for number in range(4)]
    for entry in reversed(entries):
        catalog.open_upload(entry)
        catalog.note_part(entry, a_note())

    assert entries[:3] == list(catalog.open_uploads(limit=3))

    for number, entry in enumerate(entries):
        catalog.close_upload(entry, NOW - timedelta(seconds=number))

    assert ["3", "2"] == [entry.migration_id for entry in catalog.closed_uploads(NOW, limit=2)]


@pytest.mark.parametrize("is_closed", [False, True], ids=["open", "closed"])
def test_a_forgotten_upload_leaves_nothing(catalog, is_closed):
    entry, other = an_entry(), an_entry("other")
    for one in (entry, other):
        catalog.open_upload(one)
        catalog.note_part(one, a_note())
    if is_closed:
        catalog.close_upload(entry, NOW)

    catalog.forget_upload(entry)
    catalog.forget_upload(entry)

    assert catalog.last_upload(entry.migration_id) is None
    assert {1: a_note()} == catalog.last_upload("other").parts
    assert catalog.open_upload(entry)
    assert {} == catalog.last_upload(entry.migration_id).parts
