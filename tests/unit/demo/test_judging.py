"""What the audit finds wrong."""

from dataclasses import replace

import pytest
from worlds import NOW, entry, file, migration

from cloudflow_cli.demo.clouds import Seen
from cloudflow_cli.demo.judging import Fault, Scene, judge, moved_files
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.ports.catalogs import QuarantinedSource

HERE = Seen(5, "STANDARD")


def scene(*, files=None, migrations=(), quarantined=(), forgetful=(), **seen):
    known = [file()] if files is None else files
    return Scene(
        entries=[entry()],
        files={one.file_id: one for one in known},
        migrations=migrations,
        quarantined=quarantined,
        seen={name.replace("_", "-"): objects for name, objects in seen.items()},
        forgetful=forgetful,
    )


def faults(**world):
    return [(finding.fault, finding.where) for finding in judge(scene(**world))]


def kept(source="s3-main", key="docs/a", move="s3-main>azure-main/docs/a"):
    return QuarantinedSource(migration_id=move, file_id=move, location_id=source, key=key, version="1", until=NOW)


MOVED = {"files": [file(now_at="azure-main")], "migrations": [migration()]}


def test_a_file_that_lies_where_the_catalogue_has_it_is_right():
    assert [] == faults(s3_main={"docs/a": HERE})


def test_a_file_the_store_does_not_have_is_lost():
    assert [(Fault.LOST, "s3-main/docs/a")] == faults(s3_main={})


def test_a_file_the_catalogue_does_not_know_is_lost():
    assert [(Fault.LOST, "s3-main/docs/a")] == faults(files=[], s3_main={"docs/a": HERE})


@pytest.mark.parametrize("seen", [Seen(6, "STANDARD"), Seen(5, "GLACIER")])
def test_another_size_or_class_is_a_difference(seen):
    assert [(Fault.DIFFERENT, "s3-main/docs/a")] == faults(s3_main={"docs/a": seen})


def test_a_second_copy_is_a_duplicate_wherever_it_lies():
    assert [(Fault.DUPLICATE, "gcs-main/docs/a")] == faults(s3_main={"docs/a": HERE}, gcs_main={"docs/a": HERE})


def test_a_second_copy_under_the_name_the_file_had_first_is_a_duplicate_too():
    renamed = replace(file(now_at="azure-main"), key="new/a")

    found = faults(files=[renamed], azure_main={"new/a": HERE}, gcs_main={"docs/a": HERE})

    assert [(Fault.DUPLICATE, "gcs-main/docs/a")] == found


def test_objects_of_other_people_are_none_of_its_business():
    assert [] == faults(s3_main={"docs/a": HERE, "their/own": HERE})


def test_after_a_move_the_source_is_gone():
    assert [] == faults(**MOVED, s3_main={}, azure_main={"docs/a": HERE})


def test_a_source_that_was_to_be_removed_and_is_there_is_found_twice():
    """It is a second copy, and it is not what was asked for."""
    found = faults(**MOVED, s3_main={"docs/a": HERE}, azure_main={"docs/a": HERE})

    assert {(Fault.DUPLICATE, "s3-main/docs/a"), (Fault.SOURCE, "s3-main/docs/a")} == set(found)


def test_a_source_that_is_kept_for_a_while_is_no_duplicate():
    assert [] == faults(**MOVED, quarantined=[kept()], s3_main={"docs/a": HERE}, azure_main={"docs/a": HERE})


def test_a_source_that_was_to_be_kept_and_is_gone_is_found():
    found = faults(**MOVED, quarantined=[kept()], s3_main={}, azure_main={"docs/a": HERE})

    assert [(Fault.SOURCE, "s3-main/docs/a")] == found


def test_a_server_that_forgets_at_its_end_may_have_lost_a_kept_source():
    world = {"quarantined": [kept()], "forgetful": ["s3-main"]}

    assert [] == faults(**MOVED, **world, s3_main={}, azure_main={"docs/a": HERE})


def test_while_a_file_is_on_its_way_there_may_be_two_copies():
    moving = [migration(state=MigrationState.COPIED)]

    assert [] == faults(migrations=moving, s3_main={"docs/a": HERE}, azure_main={"docs/a": HERE})


def test_a_file_that_came_back_lies_where_it_once_was_the_source():
    there_and_back = [migration(), migration("azure-main", "s3-main", first_at="s3-main")]

    assert [] == faults(migrations=there_and_back, s3_main={"docs/a": HERE}, azure_main={})


def test_a_class_change_removes_nothing():
    changed = migration("s3-main", "s3-main")

    assert [] == faults(migrations=[changed], s3_main={"docs/a": HERE})


def test_the_bytes_of_every_file_that_ever_moved_are_compared():
    moved, failed = migration(), migration(key="docs/b", state=MigrationState.FAILED)
    world = scene(files=[file(now_at="azure-main"), file("docs/b")], migrations=[moved, failed])

    assert [("docs/a", "azure-main")] == [(one.key, found.location_id) for one, found in moved_files(world)]
