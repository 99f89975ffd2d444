"""What the keyring promises about sealed secrets."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from cloudflow_lib.adapters.secrets.keyring import FileKeyring
from cloudflow_lib.errors import SecretError

SECRET = {"secret_key": "wJalr/XUtn+FEMI=", "note": "ümläut"}


def write_ring(path: Path, active="key-1", names=("key-1",), mode=0o600) -> FileKeyring:
    """Write a keyring file, keeping the keys that it already has."""
    kept = json.loads(path.read_text())["keys"] if path.exists() else {}
    keys = {name: kept.get(name) or base64.b64encode(os.urandom(32)).decode() for name in names}
    path.write_text(json.dumps({"active": active, "keys": keys}))
    path.chmod(mode)
    return FileKeyring(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keyring.json"


@pytest.fixture
def keyring(path):
    return write_ring(path)


def test_a_sealed_secret_opens_again(keyring, path):
    sealed = keyring.seal(SECRET, bound_to="s3-main")

    assert SECRET == keyring.open(sealed, bound_to="s3-main")
    assert SECRET == FileKeyring(path).open(sealed, bound_to="s3-main")
    assert "key-1" == json.loads(sealed)["key_id"]
    assert b"wJalr" not in sealed


def test_the_same_secret_is_sealed_differently_each_time(keyring):
    assert keyring.seal(SECRET, bound_to="a") != keyring.seal(SECRET, bound_to="a")


def test_an_envelope_opens_for_its_own_name_only(keyring):
    sealed = keyring.seal(SECRET, bound_to="s3-main")

    with pytest.raises(SecretError, match="'s3-other' does not open"):
        keyring.open(sealed, bound_to="s3-other")


def flipped(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[-1] ^= 1
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("part", ["data_key", "secret"])
def test_a_changed_envelope_does_not_open(keyring, part):
    envelope = json.loads(keyring.seal(SECRET, bound_to="a"))

    for changed in (flipped(envelope[part]), "", base64.b64encode(b"short").decode(), "no base64!"):
        with pytest.raises(SecretError, match="save it again"):
            keyring.open(json.dumps({**envelope, part: changed}).encode(), bound_to="a")


def test_parts_of_two_envelopes_do_not_fit_together(keyring):
    first, second = (json.loads(keyring.seal(SECRET, bound_to="a")) for _ in range(2))

    with pytest.raises(SecretError):
        keyring.open(json.dumps({**first, "secret": second["secret"]}).encode(), bound_to="a")


@pytest.mark.parametrize("sealed", [b"", b"{}", b"\xff\x00", b'{"v": 1}'])
def test_what_is_no_envelope_is_refused_in_plain_words(keyring, sealed):
    with pytest.raises(SecretError, match="not sealed as it should be"):
        keyring.open(sealed, bound_to="a")


def test_an_envelope_of_a_newer_version_is_refused(keyring):
    envelope = json.loads(keyring.seal(SECRET, bound_to="a"))

    with pytest.raises(SecretError, match="newer version"):
        keyring.open(json.dumps({**envelope, "v": 2}).encode(), bound_to="a")


def test_rotation_reseals_without_changing_the_secret(keyring, path):
    sealed = keyring.seal(SECRET, bound_to="a")
    both = write_ring(path, active="key-2", names=("key-1", "key-2"))
    rotated = both.rotate(sealed, bound_to="a")
    assert rotated == both.rotate(rotated, bound_to="a")
    only_new = write_ring(path, active="key-2", names=("key-2",))

    assert SECRET == both.open(sealed, bound_to="a") == only_new.open(rotated, bound_to="a")
    with pytest.raises(SecretError, match="'key-1', which is not in"):
        only_new.open(sealed, bound_to="a")
    with pytest.raises(SecretError):
        both.rotate(sealed, bound_to="b")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_keyring_that_others_can_reach_is_refused(path, mode):
    with pytest.raises(SecretError, match=r"chmod 600 .*keyring\.json"):
        write_ring(path, mode=mode).seal(SECRET, bound_to="a")


def test_a_missing_keyring_says_what_to_set(path):
    with pytest.raises(SecretError, match="CLOUDFLOW_KEYRING__FILE"):
        FileKeyring(path).seal(SECRET, bound_to="a")


@pytest.mark.parametrize(
    ("ring", "reason"),
    [
        ({"active": "b", "keys": {"a": base64.b64encode(b"k" * 32).decode()}}, "'b' is not among the keys"),
        ({"active": "a", "keys": {"a": base64.b64encode(b"topsecret").decode()}}, "9 bytes instead of 32"),
        ({"active": "a", "keys": {"a": "topsecret!"}}, "keys"),
        ({"keys": {}}, "active"),
        ([], "file"),
    ],
)
def test_a_broken_keyring_is_described_without_its_keys(path, ring, reason):
    path.write_text(json.dumps(ring))
    path.chmod(0o600)

    with pytest.raises(SecretError, match=reason) as caught:
        FileKeyring(path).seal(SECRET, bound_to="a")
    assert "topsecret" not in str(caught.value)
    assert base64.b64encode(b"topsecret").decode() not in str(caught.value)
