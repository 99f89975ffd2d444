"""The files of the demonstration stay the same, as long as they are what they were."""

import os

import pytest

from cloudflow_cli.demo.candidates import ANY, Kind, Root, find_candidates
from cloudflow_cli.demo.choice import Wish
from cloudflow_cli.demo.manifest import Manifest, renew, sha256_of
from cloudflow_lib.errors import CloudFlowError

WISH = Wish(files=20, size_bytes=200, least_files=18, least_bytes=100, medium_from=10, large_from=1000)


@pytest.fixture
def machine(tmp_path):
    for number in range(30):
        (tmp_path / f"small{number}.txt").write_text(str(number))
        (tmp_path / f"medium{number}.txt").write_text(f"{number:020}")
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    return tmp_path


def find(folder):
    return lambda: find_candidates([Root(Kind.DOCS, "docs/", folder, ANY)])


def never():
    raise AssertionError("nobody needs to look")


def test_an_entry_knows_the_bytes_of_its_file(machine):
    manifest = renew(Manifest(), find(machine), WISH)

    assert WISH.files == len(manifest.entries)
    assert all(entry.sha256 == sha256_of(machine / entry.path) for entry in manifest.entries)


def test_unchanged_files_are_kept_without_looking_for_others(machine):
    manifest = renew(Manifest(), find(machine), WISH)

    assert manifest == renew(manifest, never, WISH)


def test_what_was_written_is_read_again(machine, tmp_path):
    manifest = renew(Manifest(), find(machine), WISH)
    manifest.write(tmp_path / "demo" / "manifest.json")

    assert manifest == Manifest.read(tmp_path / "demo" / "manifest.json")
    assert Manifest() == Manifest.read(tmp_path / "nowhere.json")


def test_a_file_that_was_only_touched_is_the_same(machine):
    manifest = renew(Manifest(), find(machine), WISH)
    os.utime(manifest.entries[0].path, (1, 1))

    assert manifest == renew(manifest, never, WISH)


def test_a_changed_file_is_shown_no_more(machine):
    manifest = renew(Manifest(), find(machine), WISH)
    gone, changed = manifest.entries[:2]
    (machine / gone.path).unlink()
    (machine / changed.path).write_text("!" * changed.size_bytes)

    renewed = renew(manifest, never, WISH)

    assert manifest.entries[2:] == renewed.entries
    assert {gone.path, changed.path} == set(renewed.retired)


def test_others_step_in_when_too_many_changed(machine):
    manifest = renew(Manifest(), find(machine), WISH)
    changed = manifest.entries[:5]
    for entry in changed:
        (machine / entry.path).write_text("!" * entry.size_bytes)

    renewed = renew(manifest, find(machine), WISH)

    assert set(manifest.entries[5:]) < set(renewed.entries)
    assert not {entry.path for entry in changed} & {entry.path for entry in renewed.entries}
    assert len(renewed.entries) == len({entry.key for entry in renewed.entries})


def test_an_empty_machine_is_told_so(tmp_path):
    with pytest.raises(CloudFlowError, match="only 0 suitable files"):
        renew(Manifest(), find(tmp_path / "nothing"), WISH)
