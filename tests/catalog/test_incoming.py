"""What the book of files that come in pieces promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from cloudflow_lib.domain.incoming import ResumableUpload
from cloudflow_lib.errors import NotFoundError
from tests.catalog.examples import NOW

LATER = NOW + timedelta(minutes=1)


def an_upload(**changes):
    upload = ResumableUpload(
        upload_id=uuid4().hex,
        user="team-docs",
        location_id="s3-main",
        key="docs/a.$b/ü.bin",
        owner="team-docs",
        content_type="text/csv",
        storage_class="STANDARD",
        metadata={"project": "x"},
        size_bytes=2**40,
        part_bytes=8 * 1024 * 1024,
        begun_at=NOW,
        expires_at=NOW + timedelta(days=1),
        tail=bytes(range(256)),
    )
    return replace(upload, **changes)


def test_what_was_opened_is_read_again(catalog):
    upload = an_upload(replaces="etag", tail_number=7)
    catalog.open_incoming(upload)

    assert upload == catalog.incoming(upload.upload_id)
    with pytest.raises(NotFoundError):
        catalog.incoming("another")
    catalog.forget_incoming(upload.upload_id)
    catalog.forget_incoming(upload.upload_id)
    with pytest.raises(NotFoundError):
        catalog.incoming(upload.upload_id)


def test_one_request_sends_at_a_time(catalog):
    upload = an_upload()
    catalog.open_incoming(upload)
    first = catalog.lease_incoming(upload.upload_id, now=NOW, until=LATER)

    assert replace(upload, leased_until=LATER, fence=1) == first
    assert catalog.lease_incoming(upload.upload_id, now=NOW, until=LATER) is None
    assert catalog.save_incoming(replace(first, leased_until=None))
    assert 2 == catalog.lease_incoming(upload.upload_id, now=NOW, until=LATER).fence
    with pytest.raises(NotFoundError):
        catalog.lease_incoming("another", now=NOW, until=LATER)


def test_who_lost_the_lease_writes_nothing(catalog):
    upload = an_upload()
    catalog.open_incoming(upload)
    slow = catalog.lease_incoming(upload.upload_id, now=NOW, until=LATER)
    quick = catalog.lease_incoming(upload.upload_id, now=LATER, until=LATER + timedelta(minutes=1))

    assert catalog.save_incoming(replace(quick, tail=b"quick", tail_number=2))
    assert not catalog.save_incoming(replace(slow, tail=b"slow", leased_until=None))
    assert (b"quick", 2, 2) == (
        catalog.incoming(upload.upload_id).tail,
        catalog.incoming(upload.upload_id).tail_number,
        catalog.incoming(upload.upload_id).fence,
    )
    catalog.forget_incoming(upload.upload_id)
    assert not catalog.save_incoming(quick)


def test_those_that_are_no_files_yet_are_counted_per_user(catalog):
    for upload in (an_upload(), an_upload(), an_upload(file_id="f"), an_upload(user="team-media")):
        catalog.open_incoming(upload)

    assert (2, 1, 0) == tuple(catalog.count_incoming(user) for user in ("team-docs", "team-media", "team-x"))


def test_what_is_on_its_way_to_an_owner_is_summed_whoever_sends_it(catalog):
    sizes = [an_upload(size_bytes=3), an_upload(size_bytes=4, user="admin"), an_upload(size_bytes=5, file_id="f")]
    for upload in (*sizes, an_upload(size_bytes=6, owner="team-media")):
        catalog.open_incoming(upload)

    assert (7, 6, 0) == tuple(catalog.incoming_bytes(owner) for owner in ("team-docs", "team-media", "team-x"))


def test_expired_ones_are_listed_oldest_first(catalog):
    uploads = [an_upload(expires_at=NOW - timedelta(hours=hours)) for hours in range(4)]
    for upload in (*uploads, an_upload()):
        catalog.open_incoming(upload)

    assert [replace(one, tail=b"") for one in reversed(uploads)] == list(catalog.expired_incoming(NOW))
    assert 2 == len(catalog.expired_incoming(NOW, limit=2))
