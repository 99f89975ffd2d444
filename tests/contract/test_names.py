import pytest

from cloudflow_lib.adapters.stores.plain import FROM_BYTES
from cloudflow_lib.errors import InvalidNameError
from tests.contract.steps import PLAIN, keys_of, read_all, upload, write

LEGAL = [
    "plain.txt",
    "with space",
    " leading and trailing ",
    "a+b",
    "100%",
    "%41%2F%zz",
    "q?x=1&y=2#fragment",
    "Grüße/aus/Köln.txt",
    "日本語/ファイル",
    "emoji 😀",
    "e\u0301 is not \u00e9",
    "it's (1) [2] {3}",
    "semi;colon,comma:at@eq=dollar$star*bang!",
    "~tilde^caret`tick|pipe",
    "<x>&amp;",
    '"quoted"',
    "..two dots",
    ".hidden/file",
]
LONG = [
    "deep/" * 150 + "file",
    "k" * 250 + "/" + "l" * 250 + "/" + "m" * 250 + "/" + "n" * 250 + "/" + "o" * 20,
    "é" * 120 + "/" + "é" * 120 + "/" + "é" * 120 + "/" + "é" * 120 + "/" + "é" * 28 + "yz",
]


@pytest.mark.parametrize("name", LEGAL + LONG, ids=lambda name: ascii(name)[:30])
def test_a_legal_name_survives(store, name):
    info = write(store, name, name.encode())

    assert name.encode() == read_all(store, info)
    assert name == info.key == store.stat(name).key
    assert [name] == keys_of(store)
    assert [name] == keys_of(store, name[:3])
    assert "text/plain" == store.traits(name).content_type
    copied = store.copy_within(name, "copy", version=info.version)
    assert name.encode() == read_all(store, copied)
    assert store.delete(name, if_version=info.version) is True


@pytest.mark.parametrize("name", LEGAL, ids=lambda name: ascii(name)[:30])
def test_an_upload_keeps_its_name(store, name):
    data = b"x" * (max(store.capabilities.min_part_bytes, FROM_BYTES) + 1)

    assert data == read_all(store, upload(store, name, data))
    assert [name] == keys_of(store)


def test_names_with_empty_segments_survive(store):
    for name in ("x//y", "x/y", "/lead", "lead"):
        write(store, name, name.encode())

    assert ["/lead", "lead", "x//y", "x/y"] == keys_of(store)
    for name in ("x//y", "x/y", "/lead", "lead"):
        assert name.encode() == read_all(store, store.stat(name))


def test_a_name_that_ends_in_a_slash_may_hold_bytes(store):
    info = write(store, "folder/", b"not only a marker")
    write(store, "folder", b"a file")

    assert b"not only a marker" == read_all(store, info)
    assert ["folder", "folder/"] == keys_of(store)


def test_a_name_may_be_the_folder_of_another(store):
    write(store, "p", b"file")
    write(store, "p/q", b"below")

    assert ["p", "p/q"] == keys_of(store)
    assert b"file" == read_all(store, store.stat("p"))


@pytest.mark.parametrize("name", ["", "é" * 1025, "half a \ud83d surrogate"], ids=["empty", "long", "surrogate"])
def test_an_illegal_name_is_refused_before_any_request(store, name):
    with pytest.raises(InvalidNameError, match="choose another name"):
        write(store, name)
    with pytest.raises(InvalidNameError):
        store.begin_upload(name, PLAIN)

    assert [] == keys_of(store)
