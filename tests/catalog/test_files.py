"""What the catalogue promises about files."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.adapters.catalogs import mongo_signposts
from cloudflow_lib.domain.files import FileState, file_id_at
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.catalogs import FileChange, TierTotal
from tests.catalog.examples import NOW, a_file, a_migration, changed, copied, discovered, drain, fill

STRANGE_KEYS = (
    "plain",
    "with space",
    "plus+percent%20",
    "dir/",
    "dir//double",
    ".",
    "$dollar.and.dots",
    "ümläut/日本語/🙂",
    "tab\tand\nnewline",
    'quotes"and\\backslash',
    "k" * 1024,
    "ÿ" * 512,
)


def ids(files):
    return [file.file_id for file in files]


def test_a_file_comes_back_as_it_was_stored(catalog):
    file = a_file(
        content_type="text/csv",
        tier=Tier.HOT,
        tier_reasons=("read 5 times today", "small"),
        placed_at=NOW,
        last_read_at=NOW - timedelta(hours=1),
        state=FileState.VANISHED,
        migration_id="m-1",
    )
    fill(catalog, file, a_file("other"))

    assert file == catalog.file(file.file_id)
    assert a_file("other") == catalog.file(a_file("other").file_id)


def test_an_unknown_file_is_said_to_be_unknown(catalog):
    with pytest.raises(NotFoundError, match="no file 'nope'"):
        catalog.file("nope")


@pytest.mark.parametrize("key", STRANGE_KEYS, ids=range(len(STRANGE_KEYS)))
def test_every_name_a_store_allows_survives(catalog, key):
    fill(catalog, a_file(key))

    assert [key] == [file.key for file in catalog.files_between("s3-main", None, None)]
    assert {key: file_id_at("s3-main", key)} == catalog.file_ids_at("s3-main", [key, "other"])
    assert [key] == [event.data.key for event in _change_all(catalog)]


def _change_all(catalog):
    changes = [
        FileChange(
            file_id=file.file_id,
            expected_version=file.version,
            expected_tier=file.tier,
            changed={"version": "2"},
            event=changed(file),
            expected_place=(file.location_id, file.key),
        )
        for file in catalog.files_between("s3-main", None, None)
    ]
    assert len(changes) == catalog.update_files(changes)
    return drain(catalog)


def test_a_key_that_is_no_text_is_in_no_catalogue(catalog):
    assert {} == catalog.file_ids_at("s3-main", ["bad\udcff"])


def test_ranges_are_closed_and_in_the_order_of_utf8_bytes(catalog):
    keys = ["a", "a b", "a/b", "aa", "b", "é", "日本", "\uffff", "🙂"]
    fill(catalog, *[a_file(key) for key in reversed(keys)], a_file("b", "elsewhere"))

    assert keys == sorted(keys, key=str.encode)
    assert keys == [file.key for file in catalog.files_between("s3-main", None, None)]
    assert ["a b", "a/b", "aa"] == [file.key for file in catalog.files_between("s3-main", "a", "aa")]
    assert ["a", "a b"] == [file.key for file in catalog.files_between("s3-main", None, None, limit=2)]
    assert ["🙂"] == [file.key for file in catalog.files_between("s3-main", "\uffff", None)]


def test_inserting_again_changes_nothing(catalog):
    file = a_file()
    fill(catalog, file)

    assert 0 == catalog.insert_files([(replace(file, size_bytes=9), discovered(file))])
    assert 1 == catalog.insert_files([(file, discovered(file)), (a_file("new"), discovered(a_file("new")))])
    assert file == catalog.file(file.file_id)
    assert [a_file("new").file_id] == [event.subject for event in drain(catalog)]


def test_a_file_that_nobody_need_hear_of_comes_without_an_event(catalog):
    assert 2 == catalog.insert_files([(a_file(), None), (a_file("told"), discovered(a_file("told")))])
    assert 0 == catalog.insert_files([(a_file(), None)])
    assert a_file() == catalog.file(a_file().file_id)
    assert [a_file("told").file_id] == [event.subject for event in drain(catalog)]


def test_a_name_whose_id_has_moved_away_gets_a_fresh_id(catalog):
    file = a_file()
    fill(catalog, file)
    catalog.open_batch("batch-1", [a_migration(file)])
    catalog.switch_file(copied(a_migration(file)))
    drain(catalog)

    successor = a_file(version="another", first_seen_at=catalog.file(file.file_id).placed_at + timedelta(seconds=1))
    assert 1 == catalog.insert_files([(successor, discovered(successor))])
    assert 0 == catalog.insert_files([(successor, discovered(successor))])

    [found] = catalog.files_between("s3-main", None, None)
    [event] = drain(catalog)
    assert found.file_id not in (file.file_id, "")
    assert ("another", found.file_id) == (found.version, event.subject)
    assert "azure-main" == catalog.file(file.file_id).location_id


def test_what_was_seen_before_it_moved_away_is_no_new_file(catalog):
    file = a_file()
    fill(catalog, file)
    catalog.open_batch("batch-1", [a_migration(file)])
    catalog.switch_file(copied(a_migration(file)))
    drain(catalog)

    assert 0 == catalog.insert_files([(file, discovered(file))])
    assert [] == catalog.files_between("s3-main", None, None)
    assert [] == drain(catalog)


def test_a_change_is_made_only_while_the_file_is_as_expected(catalog):
    first, second, third, fourth = files = [a_file(key) for key in "abcd"]
    fill(catalog, *files)
    change = {"expected_tier": Tier.WARM, "changed": {"tier": Tier.COLD, "tier_reasons": ("idle",), "tier_since": NOW}}

    applied = catalog.update_files(
        [
            FileChange(file_id=first.file_id, expected_version=first.version, event=changed(first), **change),
            FileChange(file_id=second.file_id, expected_version="other", event=changed(second), **change),
            FileChange(file_id="nobody", expected_version="v", event=changed(third), **change),
            FileChange(file_id=fourth.file_id, expected_version=fourth.version, event=None, **change),
        ]
    )

    assert 2 == applied
    assert replace(first, tier=Tier.COLD, tier_reasons=("idle",)) == catalog.file(first.file_id)
    assert [Tier.WARM, Tier.WARM, Tier.COLD] == [catalog.file(file.file_id).tier for file in files[1:]]
    assert [first.file_id] == [event.subject for event in drain(catalog)]


def test_a_change_that_expects_a_place_leaves_moved_and_held_files_alone(catalog):
    moved, held, free = files = [a_file(key) for key in ("moved", "held", "free")]
    fill(catalog, *files)
    catalog.open_batch("batch-1", [a_migration(held)])

    applied = catalog.update_files(
        [
            FileChange(
                file_id=file.file_id,
                expected_version=file.version,
                expected_tier=Tier.WARM,
                changed={"state": FileState.VANISHED},
                event=None,
                expected_place=("elsewhere" if file is moved else "s3-main", file.key),
            )
            for file in files
        ]
    )

    assert 1 == applied
    assert FileState.VANISHED is catalog.file(free.file_id).state


def test_two_changes_of_one_file_in_one_call_both_count(catalog):
    file = a_file()
    fill(catalog, file)
    first = FileChange(
        file_id=file.file_id,
        expected_version=file.version,
        expected_tier=Tier.WARM,
        changed={"version": "2"},
        event=changed(file),
    )

    assert 2 == catalog.update_files([first, replace(first, expected_version="2", changed={"version": "3"})])
    assert "3" == catalog.file(file.file_id).version


def test_values_that_look_like_commands_are_only_values(catalog):
    file = a_file("$key", version="$version", storage_class="$$ROOT")
    fill(catalog, file)

    assert 1 == catalog.update_files(
        [
            FileChange(
                file_id=file.file_id,
                expected_version="$version",
                expected_tier=Tier.WARM,
                changed={"storage_class": "$$NOW", "tier_reasons": ("$owner",), "content_type": None},
                event=None,
            )
        ]
    )
    assert ("$$NOW", ("$owner",), None) == (
        catalog.file(file.file_id).storage_class,
        catalog.file(file.file_id).tier_reasons,
        catalog.file(file.file_id).content_type,
    )


def test_pages_hold_every_present_file_once(catalog):
    files = [a_file(f"{number:03d}", owner=f"team-{number % 3}") for number in range(250)]
    fill(catalog, *files, a_file("gone", state=FileState.VANISHED))

    for owner, expected in ((None, files), ("team-1", [file for file in files if file.owner == "team-1"])):
        seen, cursor = [], None
        while True:
            page = catalog.list_files(owner=owner, cursor=cursor, limit=40)
            seen += page.files
            cursor = page.next_cursor
            if cursor is None:
                break
            assert 40 == len(page.files)
        assert sorted(ids(expected)) == ids(seen)
    assert sorted(ids(files)) == sorted(ids([file for piece in catalog.iter_files() for file in piece]))


@pytest.mark.parametrize(
    "posts", [[], ["a/2"], ["0", "a/", "a/1", "a/1", "a/4x", "b/0", "zz"], ["a/0", "a/1", "a/2", "a/3"]]
)
def test_files_of_a_location_are_read_by_name_wherever_signposts_stand(catalog, posts):
    keys = ["a", *(f"a/{number}" for number in range(6)), "a/🙂", "a0", "b/0"]
    files = [a_file(key, owner=f"team-{number % 2}") for number, key in enumerate(keys)]
    gone = a_file("a/gone", state=FileState.VANISHED)
    fill(catalog, *reversed(files), gone, a_file("a/1", location="azure-main"))
    catalog.set_signposts("s3-main", posts)

    def found(prefix="", **narrow):
        return [file for piece in catalog.files_under("s3-main", prefix, **narrow) for file in piece]

    assert files == found()
    assert files[1:8] == found("a/")
    assert files[1:8:2] == found("a/", owner="team-1")
    assert [] == found("a/", tier=Tier.COLD) == found("c")
    assert [] == list(catalog.files_under("gcs-main"))


@pytest.mark.servers
def test_signposts_bound_what_is_read_at_a_time(mongo_catalog, monkeypatch):
    monkeypatch.setattr(mongo_signposts, "MOST_SIGNPOSTS", 5)
    keys = [f"{number:02d}" for number in range(20)]
    fill(mongo_catalog, *map(a_file, keys))

    mongo_catalog.set_signposts("s3-main", keys)
    assert [4] * 5 == [len(piece) for piece in mongo_catalog.files_under("s3-main")]

    mongo_catalog.set_signposts("s3-main", keys[:5])
    assert [1] * 5 + [15] == [len(piece) for piece in mongo_catalog.files_under("s3-main")]

    mongo_catalog.set_signposts("s3-main", [])
    assert [20] == [len(piece) for piece in mongo_catalog.files_under("s3-main")]


def test_a_last_full_page_has_no_cursor(catalog):
    fill(catalog, a_file("a"), a_file("b"))

    assert catalog.list_files(limit=2).next_cursor is None


def test_listings_can_be_narrowed(catalog):
    cold = a_file("docs/cold", tier=Tier.COLD)
    fill(catalog, cold, a_file("docs/warm"), a_file("images/warm"), a_file("docs/there", "azure-main"))

    def keys(**narrow):
        listed = sorted(file.key for file in catalog.list_files(**narrow).files)
        places = [narrow.pop("location_id")] if "location_id" in narrow else ["azure-main", "s3-main"]
        found = [file.key for place in places for piece in catalog.files_under(place, **narrow) for file in piece]
        assert listed == sorted(found)
        return listed

    assert ["docs/cold"] == keys(tier=Tier.COLD)
    assert ["docs/cold", "docs/there", "docs/warm"] == keys(prefix="docs/")
    assert ["docs/there"] == keys(location_id="azure-main")
    assert ["docs/there"] == [file.key for piece in catalog.iter_files("azure-main") for file in piece]
    assert [] == keys(owner="team-nobody")


def test_any_text_is_a_cursor(catalog):
    fill(catalog, a_file())

    assert [] == catalog.list_files(cursor="zzz no id").files
    assert 1 == len(catalog.list_files(cursor="").files)


def test_totals_count_what_is_present(catalog):
    fill(
        catalog,
        a_file("a", size_bytes=5_000_000_000),
        a_file("b", size_bytes=1),
        a_file("c", owner="team-b", tier=Tier.COLD),
        a_file("d", state=FileState.VANISHED),
    )
    place = {"location_id": "s3-main", "storage_class": "STANDARD"}
    ours = TierTotal(**place, owner="team-docs", tier=Tier.WARM, files=2, size_bytes=5_000_000_001)
    theirs = TierTotal(**place, owner="team-b", tier=Tier.COLD, files=1, size_bytes=1234)

    assert [theirs, ours] == catalog.totals()
    assert [ours] == catalog.totals("team-docs")


def test_many_files_are_found_by_id_and_by_name(catalog):
    files = [a_file(f"{number:03d}") for number in range(120)]
    fill(catalog, *files)

    assert list(reversed(files)) == catalog.files_by_id([*reversed(ids(files)), "nobody", files[0].file_id])
    assert {file.key: file.file_id for file in files} == catalog.file_ids_at("s3-main", [file.key for file in files])
