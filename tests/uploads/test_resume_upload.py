"""Files that come in pieces: carried on with from what is durable, whatever broke in between."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.domain.events import FileUploaded
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import (
    CatalogUnavailableError,
    CorruptDataError,
    NotFoundError,
    ObjectExistsError,
    StoreUnavailableError,
    TooLargeError,
    UploadBusyError,
    UploadNotFoundError,
    WrongInputError,
    WrongOffsetError,
)
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.workflows.patience import PATIENCE
from cloudflow_lib.workflows.resumable_uploads import begin_resumable, standing_of
from cloudflow_lib.workflows.resume_upload import ResumedUpload, discard_resumable
from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers
from cloudflow_lib.workflows.upload_plan import UploadWish
from tests.uploads.conftest import NOW, PART, place_on

USER = "team-docs"
WISH = UploadWish(user=USER, location_id="main", name="docs/report.csv", metadata={"project": "x-1"})
SIZE = 2 * PART + 12345


class Hands:
    """A clock that a test moves."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def ticking(memory_server, clock):
    """A place in memory whose time a test moves."""
    return place_on(memory_server, now=clock)


class LateTurn:
    """
    A request whose second part hangs at the store for longer than its lease lasts.

    The client comes back meanwhile, and the part of the first request lands behind that of the second one. As at
    Google, the store's receipt for a part is another one whenever it is sent.
    """

    def __init__(self, place, clock, monkeypatch, data):
        self.place, self.data = place, data
        self.upload = begin_resumable(WISH, SIZE, place.services)
        self.second = None
        self.put_part = place.store.put_part
        self.clock = clock
        self.late_turn = ResumedUpload(self.upload.upload_id, USER, place.services)
        monkeypatch.setattr(place.store, "put_part", self.hang)

    def hang(self, upload_id, key, number, data, **named):
        if number == 2 and self.second is None:
            self.clock.now += timedelta(seconds=61)
            at = offset(self.place, self.upload)
            self.second = ResumedUpload(self.upload.upload_id, USER, self.place.services, offset=at)
            self.second.take(self.data[at:])
            self.second.send()
        return self.put_part(upload_id, key, number, data, **named)

    def run(self):
        """Send by the late turn what makes its second part hang."""
        self.late_turn.take(self.data[: PART + 1])
        self.late_turn.send()
        self.late_turn.take(self.data[PART + 1 : 2 * PART + 1])
        self.late_turn.send()


@pytest.fixture
def late(ticking, clock, monkeypatch):
    return LateTurn(ticking, clock, monkeypatch, os.urandom(SIZE))


def offset(place, upload):
    return standing_of(upload.upload_id, USER, place.services).offset


def patch(place, upload, data, start, stop, piece=1024 * 1024):
    """Send a stretch of *data* as one request does; return the file if that was the end of it."""
    turn = ResumedUpload(upload.upload_id, USER, place.services, offset=start)
    for at in range(start, stop, piece):
        if turn.take(data[at : min(at + piece, stop)]):
            turn.send()
    if turn.is_whole:
        return turn.finish()
    turn.pause()
    return None


@pytest.mark.parametrize("size", [0, 1, PART, PART + 1, SIZE])
def test_a_file_that_came_in_pieces_is_as_any_other(place, size):
    data = os.urandom(size)
    upload = begin_resumable(WISH, size, place.services)
    cuts = sorted({0, size // 3, size // 2, size})
    file = patch(place, upload, data, 0, 0) if size == 0 else None
    for start, stop in pairwise(cuts):
        file = patch(place, upload, data, start, stop)
        assert stop == offset(place, upload)

    assert data == place.content(file)
    assert ("in/docs/report.csv", USER, Tier.WARM, size) == (file.key, file.owner, file.tier, file.size_bytes)
    traits = place.store.traits(file.key)
    assert ("text/csv", {"project": "x-1"}) == (traits.content_type, dict(traits.metadata))
    (event,) = place.events()
    assert isinstance(event, FileUploaded)
    assert (file.file_id, size) == (event.subject, event.data.size_bytes)
    assert [] == place.open_uploads()
    assert file.file_id == standing_of(upload.upload_id, USER, place.services).upload.file_id


def test_a_killed_process_loses_what_it_had_in_memory_and_nothing_else(place):
    data = os.urandom(SIZE)
    upload = begin_resumable(WISH, SIZE, place.services)
    patch(place, upload, data, 0, 1000)
    killed = ResumedUpload(upload.upload_id, USER, place.services, offset=1000)
    for at in range(1000, PART + 5000, 1000):
        if killed.take(data[at : at + 1000]):
            killed.send()
    with pytest.raises(UploadBusyError):
        ResumedUpload(upload.upload_id, USER, place.services)
    place.catalog.save_incoming(replace(place.catalog.incoming(upload.upload_id), leased_until=None))

    assert PART == offset(place, upload)
    file = patch(place, upload, data, PART, SIZE)
    assert data == place.content(file)


def test_a_dead_lease_ends_by_itself(ticking, clock):
    upload = begin_resumable(WISH, SIZE, ticking.services)
    dead = ResumedUpload(upload.upload_id, USER, ticking.services)
    clock.now += timedelta(minutes=2)
    patch(ticking, upload, bytes(SIZE), 0, 10)

    assert dead.take(b"late")
    with pytest.raises(UploadBusyError):
        dead.send()
    dead.pause()
    assert 10 == offset(ticking, upload)


def test_a_part_that_lands_behind_the_end_of_its_lease_ruins_nothing(ticking, late):
    late.run()
    file = late.second.finish()

    assert late.data == ticking.content(file)
    assert [] == ticking.open_uploads()


@pytest.mark.parametrize("stored", ["same", "other"])
def test_nor_does_one_that_nobody_noted_unless_it_holds_other_bytes(ticking, late, monkeypatch, stored):
    """The late request died right behind its part: the ledger has the other receipt."""
    monkeypatch.setattr(ticking.catalog, "note_part", late.place.catalog.note_part)
    late.run()
    entry = ticking.catalog.last_upload(late.upload.ledger_id)
    data = late.data[PART : 2 * PART] if stored == "same" else bytes(PART)
    ticking.store.put_part(entry.upload_id, entry.key, 2, data)

    if stored == "same":
        assert late.data == ticking.content(late.second.finish())
        return
    with pytest.raises(CorruptDataError):
        late.second.finish()
    assert ([], []) == (ticking.keys(), ticking.open_uploads())


def test_who_lost_its_turn_takes_nothing_away(ticking, late):
    late.run()
    late.late_turn.take(late.data[2 * PART + 1 :])
    for end in (late.late_turn.discard, late.late_turn.finish):
        with pytest.raises(UploadBusyError):
            end()

    assert late.data == ticking.content(late.second.finish())


@pytest.mark.parametrize("answer", [UploadNotFoundError, CorruptDataError])
@pytest.mark.parametrize("method", ["put_part", "finish_upload"])
def test_nor_what_another_goes_on_with_when_its_own_end_fails(ticking, late, monkeypatch, method, answer):
    """It lost its turn right behind its last look, and the other request has just finished the upload, or sent on."""
    late.run()
    late.late_turn.take(late.data[2 * PART + 1 :])

    def refuse(*_asked, **_more):
        raise answer("another request was faster")

    with monkeypatch.context() as patched:
        patched.setattr(ticking.store, method, refuse)
        patched.setattr(late.late_turn, "_renew_at", late.clock.now + timedelta(hours=1))
        with pytest.raises(UploadBusyError):
            late.late_turn.finish()

    assert late.data == ticking.content(late.second.finish())


def test_who_lost_its_turn_while_it_made_the_file_leaves_the_parts_to_be_found(ticking, late, monkeypatch):
    """Else whoever goes on would have to send everything again."""
    late.run()
    late.late_turn.take(late.data[2 * PART + 1 :])
    monkeypatch.setattr(late.late_turn, "_renew_at", late.clock.now + timedelta(hours=1))
    file = late.late_turn.finish()
    late.clock.now += timedelta(seconds=61)  # the second request has died

    assert SIZE == offset(ticking, late.upload)
    third = ResumedUpload(late.upload.upload_id, USER, ticking.services, offset=SIZE)
    assert file.version == third.finish().version
    assert file.file_id == standing_of(late.upload.upload_id, USER, ticking.services).upload.file_id
    assert [] == ticking.open_uploads()


def test_an_upload_that_is_taken_back_cannot_be_gone_on_with(ticking, monkeypatch):
    upload = begin_resumable(WISH, SIZE, ticking.services)
    patch(ticking, upload, bytes(SIZE), 0, PART + 10)

    def unreachable(*_asked):
        raise StoreUnavailableError("busy")

    with monkeypatch.context() as silent:
        silent.setattr(ticking.store, "list_parts", unreachable)
        with pytest.raises(StoreUnavailableError):
            discard_resumable(upload.upload_id, USER, ticking.services)

    with pytest.raises(NotFoundError):
        ResumedUpload(upload.upload_id, USER, ticking.services)


def test_only_the_right_place_is_gone_on_from(memory_place):
    upload = begin_resumable(WISH, 100, memory_place.services)
    patch(memory_place, upload, bytes(100), 0, 40)
    for wrong in (0, 39, 41, 100):
        with pytest.raises(WrongOffsetError, match="stands at 40"):
            ResumedUpload(upload.upload_id, USER, memory_place.services, offset=wrong)
    turn = ResumedUpload(upload.upload_id, USER, memory_place.services, offset=40)
    with pytest.raises(WrongInputError, match="more bytes"):
        turn.take(bytes(61))
    turn.pause()

    assert 40 == offset(memory_place, upload)


def test_an_upload_belongs_to_who_began_it(memory_place):
    upload = begin_resumable(WISH, 100, memory_place.services)
    for user in ("team-media", "admin"):
        with pytest.raises(NotFoundError):
            standing_of(upload.upload_id, user, memory_place.services)
        with pytest.raises(NotFoundError):
            ResumedUpload(upload.upload_id, user, memory_place.services)
        with pytest.raises(NotFoundError):
            discard_resumable(upload.upload_id, user, memory_place.services)


def test_sizes_and_numbers_have_limits(memory_place):
    services = memory_place.services
    with pytest.raises(TooLargeError):
        begin_resumable(WISH, services.upload_limits.max_resumable_bytes + 1, services)
    few = replace(services, upload_limits=replace(services.upload_limits, max_open=2))
    first = begin_resumable(WISH, 1, few)
    begin_resumable(WISH, 1, few)
    with pytest.raises(WrongInputError, match="2 uploads are unfinished"):
        begin_resumable(WISH, 1, few)
    discard_resumable(first.upload_id, USER, few)
    begin_resumable(WISH, 1, few)


@pytest.mark.parametrize("size", [10, SIZE])
def test_what_is_taken_back_leaves_nothing(place, size):
    upload = begin_resumable(WISH, size, place.services)
    patch(place, upload, bytes(size), 0, size - 5)
    discard_resumable(upload.upload_id, USER, place.services)

    assert ([], []) == (place.keys(), place.open_uploads())
    with pytest.raises(NotFoundError):
        standing_of(upload.upload_id, USER, place.services)


def test_an_abandoned_upload_is_swept_when_its_time_is_over_and_not_before(ticking, clock):
    upload = begin_resumable(WISH, SIZE, ticking.services)
    patch(ticking, upload, bytes(SIZE), 0, PART + 10)
    clock.now += timedelta(hours=20)
    patch(ticking, upload, bytes(SIZE), PART + 10, PART + 20)
    clock.now += timedelta(hours=20)

    assert 0 == sweep_leftovers(ticking.services).aborted_uploads
    assert PART + 20 == offset(ticking, upload)
    clock.now += timedelta(hours=5)
    with pytest.raises(NotFoundError, match="time is over"):
        offset(ticking, upload)
    report = sweep_leftovers(ticking.services)
    assert (1, ()) == (report.aborted_uploads, report.problems)
    assert [] == ticking.open_uploads()
    assert [] == list(ticking.catalog.expired_incoming(clock.now))


def test_a_catalogue_that_is_away_ends_the_sweep_of_abandoned_uploads_at_once(ticking, clock, monkeypatch):
    for number in range(2):
        begin_resumable(replace(WISH, name=f"docs/{number}.csv"), SIZE, ticking.services)
    clock.now += timedelta(days=3)
    asked = []

    def away(*which):
        asked.append(which)
        raise CatalogUnavailableError("busy")

    monkeypatch.setattr(ticking.catalog, "last_upload", away)
    with pytest.raises(CatalogUnavailableError):
        sweep_leftovers(ticking.services)
    assert 1 == len(asked)


def test_abandoned_uploads_at_a_store_that_does_not_answer_wait_for_the_next_sweep(ticking, clock, monkeypatch):
    for number in range(PATIENCE + 3):
        upload = begin_resumable(replace(WISH, name=f"docs/{number}.csv"), SIZE, ticking.services)
        patch(ticking, upload, bytes(SIZE), 0, PART + 10)
    clock.now += timedelta(days=3)
    asked = []

    def refuse(*which):
        asked.append(which)
        raise StoreUnavailableError("busy")

    with monkeypatch.context() as silent:
        silent.setattr(ticking.store, "list_parts", refuse)
        assert (0, PATIENCE) == (sweep_leftovers(ticking.services).aborted_uploads, len(asked))

    assert PATIENCE + 3 == sweep_leftovers(ticking.services).aborted_uploads
    assert [] == ticking.open_uploads()


def test_an_upload_whose_time_ends_while_its_sender_sends_is_not_swept(ticking, clock):
    upload = begin_resumable(WISH, SIZE, ticking.services)
    clock.now = upload.expires_at - timedelta(seconds=10)
    turn = ResumedUpload(upload.upload_id, USER, ticking.services)
    turn.take(bytes(PART + 10))
    turn.send()
    clock.now += timedelta(seconds=15)

    assert 0 == sweep_leftovers(ticking.services).aborted_uploads
    turn.take(bytes(SIZE - PART - 10))
    turn.send()
    assert turn.finish().size_bytes == SIZE


@pytest.mark.parametrize("size", [10, SIZE])
def test_somebody_who_was_faster_with_the_name_keeps_it(place, size):
    upload = begin_resumable(WISH, size, place.services)
    patch(place, upload, bytes(size), 0, size - 1)
    place.store.put("in/docs/report.csv", b"somebody was faster", ObjectTraits())
    with pytest.raises(ObjectExistsError):
        patch(place, upload, bytes(size), size - 1, size)

    assert b"somebody was faster" == b"".join(
        place.store.read("in/docs/report.csv", version=place.store.stat("in/docs/report.csv").version)
    )
    assert [] == place.open_uploads()


@pytest.mark.parametrize("size", [10, SIZE])
def test_a_file_may_be_replaced_in_pieces(place, size):
    old = patch(place, begin_resumable(WISH, 3, place.services), b"old", 0, 3)
    data = os.urandom(size)
    upload = begin_resumable(replace(WISH, replaces=old.version), size, place.services)
    new = patch(place, upload, data, 0, size)

    assert (old.file_id, data) == (new.file_id, place.content(new))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("size", [10, SIZE])
@pytest.mark.parametrize("broken_call", range(1, 9))
def test_whichever_call_to_the_store_breaks_the_sender_can_go_on(memory_server, size, broken_call, moment):
    wire = Tripwire(on_call=broken_call, moment=moment, error=StoreUnavailableError)
    place = place_on(memory_server, wrap=wire.wrap)
    broken(place, size)
    # An upload whose beginning nobody heard of has no name to end it by: the sweep finds it.
    lost = moment == "after" and wire.calls[broken_call - 1 : broken_call] == ["begin_upload"]
    assert lost == len(list(place.store.list_uploads()))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("size", [10, SIZE])
@pytest.mark.parametrize("broken_call", range(1, 20))
def test_whichever_call_to_the_catalogue_breaks_the_sender_can_go_on(memory_server, clock, size, broken_call, moment):
    wire = Tripwire(on_call=broken_call, moment=moment, error=CatalogUnavailableError)
    catalog = MemoryCatalog()
    place = place_on(memory_server, catalog, now=clock)
    place.services = replace(place.services, catalog=wire.wrap(catalog))
    broken(place, size, clock)


def broken(place, size, clock=None):
    """Send with a client that asks where it stands and goes on from there, as tus clients do."""
    data, upload, file = os.urandom(size), None, None
    for _ in range(8):
        try:
            if clock is not None:
                clock.now += timedelta(minutes=2)  # dead leases have ended when it comes back
            upload = upload or begin_resumable(WISH, size, place.services)
            if standing_of(upload.upload_id, USER, place.services).upload.file_id is None:
                patch(place, upload, data, offset(place, upload), size, piece=PART // 2)
            file = place.catalog.file(standing_of(upload.upload_id, USER, place.services).upload.file_id)
            break
        except (StoreUnavailableError, CatalogUnavailableError):
            if upload is not None:
                known = place.catalog.incoming(upload.upload_id)
                place.catalog.save_incoming(replace(known, leased_until=None))

    assert data == place.content(file)
    assert 1 == len({event.id for event in place.events()})
    assert [] == list(place.catalog.open_uploads())
