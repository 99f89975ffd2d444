"""Which files of a machine may be shown."""

import re

import pytest

from cloudflow_cli.demo.candidates import ANY, Kind, Root, find_candidates


def write(folder, name, data=b"x", mode=0o644):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    return path


def keys(folder, *, names=ANY, without=()):
    root = Root(Kind.DOCS, "docs/", folder, names)
    return sorted(candidate.key for candidate in find_candidates([root], without=without))


def test_files_keep_their_path_below_the_root(tmp_path):
    write(tmp_path, "bash/README.gz", b"12345")

    found = next(find_candidates([Root(Kind.DOCS, "docs/packages/", tmp_path, ANY)]))

    assert ("docs/packages/bash/README.gz", Kind.DOCS, 5) == (found.key, found.kind, found.size_bytes)


def test_links_empty_files_and_files_that_not_everybody_may_read_are_left_out(tmp_path):
    original = write(tmp_path, "plain.txt")
    (tmp_path / "link.txt").symlink_to(original)
    (tmp_path / "folder").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "folder")
    write(tmp_path, "empty.txt", b"")
    write(tmp_path, "mine.txt", mode=0o600)

    assert ["docs/plain.txt"] == keys(tmp_path)


@pytest.mark.parametrize("name", ["server.pem", "my-SECRETS.txt", "id_rsa", "app/.env", "passwords.csv", ".netrc"])
def test_a_name_that_hints_at_a_secret_is_left_out(tmp_path, name):
    write(tmp_path, name)

    assert [] == keys(tmp_path)


@pytest.mark.parametrize("name", ["dot.", "tab\there", "back\\slash", "ends./x", "k" * 220])
def test_names_that_some_store_refuses_are_left_out(tmp_path, name):
    write(tmp_path, name)

    assert [] == keys(tmp_path)


def test_folders_that_are_shut_are_not_entered_unless_somebody_named_them(tmp_path):
    write(tmp_path, "home/data/a")
    write(tmp_path, "b")

    assert ["docs/b"] == keys(tmp_path, without=[tmp_path / "home"])
    assert ["docs/data/a"] == keys(tmp_path / "home", without=[tmp_path / "home"])


def test_only_names_of_the_kind_are_taken(tmp_path):
    write(tmp_path, "a.py")
    write(tmp_path, "a.txt")

    assert ["docs/a.py"] == keys(tmp_path, names=re.compile(r"\.py$"))


def test_a_missing_root_is_no_error(tmp_path):
    assert [] == keys(tmp_path / "nowhere")
