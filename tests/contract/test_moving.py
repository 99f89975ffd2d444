from dataclasses import replace

import pytest

from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import (
    ObjectArchivedError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    UnsupportedError,
)
from tests.contract.steps import another_class, read_all, write


@pytest.fixture
def traits(store):
    return ObjectTraits(
        content_type="text/csv",
        metadata={"team": "docs", "Grüße": " aus Köln "},
        tags={"kind": "report"} if store.capabilities.has_tags else {},
        headers={"content-encoding": "gzip", "cache-control": "no-cache"},
        storage_class=store.capabilities.default_class,
    )


def test_a_copy_has_the_bytes_and_the_traits(store, traits):
    source = store.put("from", b"some bytes", traits)

    copied = store.copy_within("from", "to here", version=source.version)

    assert b"some bytes" == read_all(store, copied)
    assert traits == store.traits("to here")
    assert b"some bytes" == read_all(store, source)


def test_a_copy_may_land_in_another_class(store, traits):
    source = store.put("from", b"some bytes", traits)
    wanted = another_class(store)

    copied = store.copy_within("from", "to", version=source.version, storage_class=wanted)

    assert wanted == copied.storage_class
    assert replace(traits, storage_class=wanted) == store.traits("to")


def test_a_changed_source_is_not_copied(store):
    old = write(store, "from", b"old")
    write(store, "from", b"new")

    with pytest.raises(ObjectChangedError):
        store.copy_within("from", "to", version=old.version)
    with pytest.raises(ObjectNotFoundError):
        store.stat("to")


def test_a_missing_source_is_not_copied(store):
    info = write(store, "from")
    store.delete("from")

    with pytest.raises(ObjectNotFoundError):
        store.copy_within("from", "to", version=info.version)


def test_a_create_only_copy_leaves_what_is_there(store):
    source, there = write(store, "from", b"from"), write(store, "to", b"there")

    with pytest.raises(ObjectExistsError):
        store.copy_within("from", "to", version=source.version, if_absent=True)

    assert b"there" == read_all(store, there)


def test_a_copy_reaches_another_bucket_of_the_credential(server):
    source, target = server.open_fresh(), server.open_fresh()
    info = write(source, "a folder/a+b %41.txt")
    bucket = server.bucket_of(source)

    copied = target.copy_within("a folder/a+b %41.txt", "to", version=info.version, source_bucket=bucket)

    assert b"some bytes" == read_all(target, copied)


def test_a_class_changes_in_place(store, traits):
    before = store.put("file", b"some bytes", traits)
    wanted = another_class(store)
    if not store.capabilities.changes_class_in_place:
        with pytest.raises(UnsupportedError):
            store.change_class("file", "ANY", version=before.version)
        return

    after = store.change_class("file", wanted, version=before.version)

    assert wanted == after.storage_class == store.stat("file").storage_class
    assert b"some bytes" == read_all(store, after)
    assert replace(traits, storage_class=wanted) == store.traits("file")


def test_a_changed_object_keeps_its_class(store):
    old = write(store, "file", b"old")
    new = write(store, "file", b"new")
    wanted = another_class(store)

    with pytest.raises((ObjectChangedError, UnsupportedError)):
        store.change_class("file", wanted, version=old.version)

    assert new.storage_class == store.stat("file").storage_class


def test_changing_to_the_class_it_has_changes_nothing(store):
    info = write(store, "file")
    if not store.capabilities.changes_class_in_place:
        with pytest.raises(UnsupportedError):
            store.change_class("file", info.storage_class, version=info.version)
        return

    assert info.version == store.change_class("file", info.storage_class, version=info.version).version


def test_an_unknown_class_is_refused_and_nothing_changes(store):
    info = write(store, "file")

    with pytest.raises(UnsupportedError):
        store.change_class("file", "LUKEWARM", version=info.version)

    assert info.version == store.stat("file").version


def test_an_archived_object_must_be_restored_first(store):
    for storage_class in store.capabilities.archive_classes:
        info = store.put("file", b"x", ObjectTraits(storage_class=storage_class))

        with pytest.raises(ObjectArchivedError):
            read_all(store, info)


def test_what_is_archived_can_be_proved_by_its_checksum_or_else_by_the_version_that_was_read(store):
    """Where no checksum is kept, a copy is read before it is archived, and must be the same version behind that."""
    for storage_class in store.capabilities.archive_classes:
        key = f"in {storage_class}"
        if store.capabilities.keeps_checksums:
            store.put(key, b"x", ObjectTraits(storage_class=storage_class))
            assert store.stat(key).checksums
        else:
            info = write(store, key)
            assert not info.checksums.keys() & store.stat(key).checksums.keys()
            assert info.version == store.change_class(key, storage_class, version=info.version).version


def test_a_deleted_object_is_gone(store):
    info = write(store, "file")

    assert store.delete("file", if_version=info.version) is True
    assert store.delete("file", if_version=info.version) is False
    assert store.delete("file") is False


def test_an_object_is_deleted_whatever_its_version(store):
    write(store, "file")

    assert store.delete("file") is True
    with pytest.raises(ObjectNotFoundError):
        store.stat("file")


def test_a_changed_object_is_not_deleted(store):
    old = write(store, "file", b"old")
    new = write(store, "file", b"new")

    with pytest.raises(ObjectChangedError):
        store.delete("file", if_version=old.version)

    assert b"new" == read_all(store, new)


def test_an_object_that_changes_under_a_delete_survives(store, monkeypatch):
    """The store itself refuses: looking first and deleting then would lose what came in between."""
    old = write(store, "file", b"old")
    new = write(store, "file", b"new")
    monkeypatch.setattr(store, "stat", lambda _key: old)

    if store.capabilities.deletes_conditionally:
        with pytest.raises(ObjectChangedError):
            store.delete("file", if_version=old.version)
        assert b"new" == read_all(store, new)
