"""Files that people send in one go: wholly there and catalogued, or not there at all."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.domain.events import FileUploaded
from cloudflow_lib.domain.files import FileState, file_id_at
from cloudflow_lib.domain.incoming import UploadLimits
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import (
    CorruptDataError,
    NotAllowedError,
    NotFoundError,
    ObjectChangedError,
    ObjectExistsError,
    StoreUnavailableError,
    TooLargeError,
    TypeRefusedError,
    WrongInputError,
)
from cloudflow_lib.ports.catalogs import FileChange
from cloudflow_lib.testing.tripwire import Tripwire, Wired
from cloudflow_lib.workflows.scan_location import scan_location
from cloudflow_lib.workflows.upload_file import FileUpload
from cloudflow_lib.workflows.upload_plan import UploadWish
from tests.uploads.conftest import NOW, PART, place_on

WISH = UploadWish(user="team-docs", location_id="main", name="docs/report.csv")


def send(place, data, wish=WISH, piece=1024 * 1024):
    with FileUpload(wish, place.services) as upload:
        for start in range(0, len(data), piece):
            if upload.take(data[start : start + piece]):
                upload.send()
        return upload.finish()


def pour(upload, size):
    for start in range(0, size, PART):
        if upload.take(bytes(min(PART, size - start))):
            upload.send()


@pytest.mark.parametrize("size", [0, 1, PART, PART + 1, 2 * PART + 7])
def test_a_sent_file_is_stored_and_catalogued_as_warm_with_one_event(place, size):
    data = os.urandom(size)
    file = send(place, data, replace(WISH, metadata={"project": "x-1"}))

    assert data == place.content(file)
    assert ("in/docs/report.csv", "team-docs", Tier.WARM, size) == (file.key, file.owner, file.tier, file.size_bytes)
    assert file_id_at("main", file.key) == file.file_id
    traits = place.store.traits(file.key)
    assert ("text/csv", {"project": "x-1"}) == (traits.content_type, dict(traits.metadata))
    (event,) = place.events()
    assert isinstance(event, FileUploaded)
    assert (file.file_id, "team-docs", size) == (event.subject, event.user, event.data.size_bytes)
    assert [] == place.open_uploads()


def test_a_scan_after_an_upload_finds_nothing_new(place):
    send(place, b"data")
    services = place.services
    report = scan_location("main", catalog=place.catalog, open_store=services.open_store, clock=services.clock)

    assert (1, 1) == (report.seen, report.unchanged)


@pytest.mark.parametrize("was_there", [True, False], ids=["replaced", "back again"])
def test_a_scan_whose_listing_is_older_than_an_upload_leaves_its_record_alone(memory_place, was_there):
    first = send(memory_place, b"first")
    store, services = memory_place.store, replace(memory_place.services, clock=lambda: NOW + timedelta(hours=1))
    if not was_there:
        store.delete(first.key)
        scan_location("main", catalog=services.catalog, open_store=services.open_store, clock=services.clock)
    listed = list(store.list_pages())
    later = replace(memory_place, services=replace(services, clock=lambda: NOW + timedelta(hours=2, seconds=1)))

    class Overtaken:
        def list_pages(self, _prefix):
            send(later, b"second", replace(WISH, replaces=first.version if was_there else None))
            yield from listed

    scan_location(
        "main", catalog=services.catalog, open_store=lambda _: Overtaken(), clock=lambda: NOW + timedelta(hours=2)
    )

    file = services.catalog.file(first.file_id)
    assert (FileState.PRESENT, b"second") == (file.state, memory_place.content(file))


@pytest.mark.parametrize("size", [3, 2 * PART + 7])
def test_a_name_that_is_taken_is_refused_before_and_at_the_end(place, size):
    first = send(place, b"first")
    with pytest.raises(ObjectExistsError, match="another name"):
        send(place, b"second")
    late = replace(WISH, name="docs/late.csv")
    with FileUpload(late, place.services) as upload:
        place.store.put("in/docs/late.csv", b"somebody was faster", ObjectTraits())
        pour(upload, size)
        with pytest.raises(ObjectExistsError):
            upload.finish()

    assert b"first" == place.content(first)
    assert [] == place.open_uploads()


@pytest.mark.parametrize("size", [1, 2 * PART + 7])
def test_whoever_leaves_in_the_middle_leaves_nothing_behind(place, size):
    with FileUpload(WISH, place.services) as upload:
        pour(upload, size)

    assert [] == place.keys()
    assert [] == place.open_uploads()
    assert [] == place.events()
    assert [] == list(place.catalog.list_files().files)


def test_a_file_is_replaced_only_as_the_version_that_was_seen(place):
    first = send(place, b"first")
    second = send(place, b"second!", replace(WISH, replaces=first.version))

    assert first.file_id == second.file_id
    assert b"second!" == place.content(second)
    assert (7, second.version) == (place.catalog.file(first.file_id).size_bytes, second.version)
    with pytest.raises(ObjectChangedError):
        send(place, b"third", replace(WISH, replaces=first.version))
    with pytest.raises(ObjectChangedError):
        send(place, b"third", replace(WISH, name="docs/none.csv", replaces=first.version))
    assert [FileUploaded, FileUploaded] == [type(event) for event in place.events()]


@pytest.mark.parametrize("size", [10, PART + 1])
def test_what_came_between_the_last_look_and_the_write_survives(memory_server, size):
    def overtaken(name, call):
        def called(*args, **named):
            place.store.put(first.key, b"somebody was faster", ObjectTraits())
            return call(*args, **named)

        return called if name in {"put", "finish_upload"} and first else call

    first = None
    place = place_on(memory_server, wrap=lambda store: Wired(store, overtaken))
    first = send(place, b"first")

    with pytest.raises(ObjectChangedError):
        send(place, bytes(size), replace(WISH, replaces=first.version))

    assert b"somebody was faster" == place.content(replace(first, version=place.store.stat(first.key).version))
    assert [] == place.open_uploads()


def test_a_file_that_vanished_comes_back_under_its_id(memory_place):
    place = memory_place
    first = send(place, b"first")
    place.store.delete(first.key)
    gone = FileChange(
        file_id=first.file_id,
        expected_version=first.version,
        expected_tier=first.tier,
        changed={"state": FileState.VANISHED, "tier": Tier.COLD},
        event=None,
    )
    place.catalog.update_files([gone])
    second = send(place, b"again")

    assert (first.file_id, FileState.PRESENT, Tier.WARM) == (second.file_id, second.state, second.tier)


def test_a_name_outside_goes_below_the_own_prefix(memory_place):
    assert "in/docs/x/report.csv" == send(memory_place, b"1", replace(WISH, name="x/report.csv")).key
    assert "in/x/report.csv" == send(memory_place, b"1", replace(WISH, user="admin", name="x/report.csv")).key
    assert "team-data" == memory_place.catalog.file(file_id_at("main", "in/x/report.csv")).owner


def test_who_owns_a_place_but_not_this_part_of_it_is_told_so(memory_place):
    with pytest.raises(NotAllowedError, match="belongs to somebody else"):
        send(memory_place, b"1", replace(WISH, user="team-data", name="docs/report.csv"))

    assert "in/report.csv" == send(memory_place, b"1", replace(WISH, user="team-data", name="report.csv")).key


def test_who_owns_nothing_there_sees_no_such_place(memory_place):
    with pytest.raises(NotFoundError, match="no location 'main'"):
        send(memory_place, b"1", replace(WISH, user="team-media"))
    with pytest.raises(NotFoundError, match="no location 'else'"):
        send(memory_place, b"1", replace(WISH, location_id="else"))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../secret",
        "docs/../../secret",
        "docs/./x",
        "docs//x",
        "docs/",
        "..",
        "a\\b",
        "a\r\nSet-Cookie: x",
        "a\0b",
        "a\x7fb",
        "a\x85b",
        "report\u202efdp.exe",
        "x" * 1025,
        "ü" * 513,
        "half \udc80",
    ],
)
def test_names_with_tricks_are_refused(memory_place, name):
    with pytest.raises(WrongInputError, match="choose another one"):
        send(memory_place, b"1", replace(WISH, name=name))

    assert [] == memory_place.keys()


@pytest.mark.parametrize("metadata", [{"$where": "1"}, {"A": "1"}, {"a": "x\r\ny"}, {"a": "ü"}, {"a": "x" * 2048}])
def test_metadata_that_no_store_keeps_is_refused(memory_place, metadata):
    with pytest.raises(WrongInputError):
        send(memory_place, b"1", replace(WISH, metadata=metadata))


def test_sizes_and_types_have_limits(memory_place):
    place = memory_place
    with pytest.raises(TooLargeError, match="send it in pieces"):
        send(place, bytes(4 * PART + 1))
    place.services = replace(place.services, upload_limits=UploadLimits(types=("image/*", "text/csv")))
    send(place, b"1")
    with pytest.raises(TypeRefusedError, match="application/x-dosexec"):
        send(place, b"1", replace(WISH, name="docs/a.csv", content_type="application/x-dosexec"))
    with pytest.raises(WrongInputError, match="type/subtype"):
        send(place, b"1", replace(WISH, name="docs/a.csv", content_type="text/csv\r\nX: y"))

    assert ["in/docs/report.csv"] == place.keys()
    assert [] == place.open_uploads()


def test_other_bytes_in_the_store_are_noticed_and_removed(memory_place):
    class Lying:
        def __getattr__(self, name):
            return getattr(memory_place.store, name)

        def put(self, key, data, traits, **more):
            return memory_place.store.put(key, data[:-1] + b"?", traits, if_absent=more["if_absent"])

    memory_place.services = replace(memory_place.services, open_store=lambda _name: Lying())
    with pytest.raises(CorruptDataError, match="send it again"):
        send(memory_place, b"data")

    assert [] == memory_place.keys()
    assert [] == memory_place.events()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("broken_call", range(1, 9))
def test_a_store_that_breaks_anywhere_never_leaves_half_a_file(memory_server, broken_call, moment):
    tripwire = Tripwire(on_call=broken_call, moment=moment)
    place = place_on(memory_server, wrap=tripwire.wrap)
    data = os.urandom(2 * PART + 7)
    try:
        send(place, data)
    except StoreUnavailableError:
        assert [] == list(place.catalog.list_files().files)
    else:
        assert data == place.content(place.catalog.file(file_id_at("main", "in/docs/report.csv")))
    for info in [info for page in place.store.list_pages() for info in page]:
        assert len(data) == info.size_bytes
