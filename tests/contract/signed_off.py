"""
What each emulator gets wrong, as (server, test) -> reason.

A signed-off test is a strict xfail: when an emulator learns it, the suite fails until the line here
goes. Every promise in this table is tested on the wire instead, in `tests/wire`.
"""

from __future__ import annotations

TREE = "it keeps objects as files: `x//y` is `x/y`, and a file cannot be a folder too"
OPEN_DOOR = "it accepts any credential"
ONE_CLASS = "its rewrite never changes a class"
NO_CONDITION = "it joins parts whatever version it was to replace"
NO_CHECKS = "it takes checksums without comparing them"

SIGNED_OFF: dict[tuple[str, str], str] = {
    ("s3-versitygw", "test_names_with_empty_segments_survive"): TREE,
    ("s3-versitygw", "test_a_name_that_ends_in_a_slash_may_hold_bytes"): TREE,
    ("s3-versitygw", "test_a_name_may_be_the_folder_of_another"): TREE,
    ("s3-moto", "test_wrong_credentials_are_named"): OPEN_DOOR,
    ("s3-moto", "test_a_wrong_checksum_is_refused_and_nothing_is_there"): NO_CHECKS,
    ("s3-moto", "test_a_wrong_checksum_of_the_whole_is_refused"): NO_CHECKS,
    ("s3-moto", "test_an_aborted_upload_is_forgotten"): "it answers 500 when an aborted upload is finished",
    ("s3-moto", "test_the_traits_of_an_archived_object_are_known"): "it refuses the tags of archived objects",
    ("s3-moto", "test_a_finish_replaces_only_the_version_that_was_meant"): NO_CONDITION,
    ("s3-moto", "test_a_finish_replaces_nothing_where_its_predecessor_is_gone"): NO_CONDITION,
    ("gcs-fake", "test_a_finish_replaces_only_the_version_that_was_meant"): NO_CONDITION,
    ("gcs-fake", "test_a_finish_replaces_nothing_where_its_predecessor_is_gone"): NO_CONDITION,
    ("gcs-fake", "test_wrong_credentials_are_named"): OPEN_DOOR,
    ("gcs-fake", "test_an_object_that_changes_under_a_delete_survives"): "it ignores the condition of a delete",
    ("gcs-fake", "test_a_copy_may_land_in_another_class"): ONE_CLASS,
    ("gcs-fake", "test_a_class_changes_in_place"): ONE_CLASS,
    ("gcs-fake", "test_a_finished_upload_has_its_traits"): ONE_CLASS,
}
