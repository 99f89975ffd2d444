"""
Envelope encryption: each secret has a data key of its own, and only that key is sealed by the master key.

An envelope is JSON: which master key (`key_id`), the sealed data key, the sealed secret. Both are
AES-256-GCM and bound to the name of the credential, so that an envelope moved to another one does
not open. A new master key re-seals data keys without touching the world outside.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Base64Bytes, BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from cloudflow_lib.errors import SecretError

KEY_BYTES = 32
NONCE_BYTES = 12
ENVELOPE_VERSION = 1
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class RingFile(BaseModel):
    """What the keyring's file holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    active: str
    keys: dict[str, Base64Bytes]

    @field_validator("keys")
    @classmethod
    def _are_long_enough(cls, keys: dict[str, bytes]) -> dict[str, bytes]:
        for key_id, key in keys.items():
            if len(key) != KEY_BYTES:
                raise ValueError(f"key {key_id!r} has {len(key)} bytes instead of {KEY_BYTES}")
        return keys

    @model_validator(mode="after")
    def _knows_its_active_key(self) -> Self:
        if self.active not in self.keys:
            raise ValueError(f"the active key {self.active!r} is not among the keys")
        return self


class Envelope(BaseModel):
    """A sealed secret as it is stored."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64")

    v: int = ENVELOPE_VERSION
    key_id: str
    data_key: Base64Bytes
    secret: Base64Bytes


class FileKeyring:
    """
    Master keys from a file that only its owner may read; read when first needed.

    The file: `{"active": "key-1", "keys": {"key-1": "<base64 of 32 bytes>"}}`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: RingFile | None = None

    def seal(self, secret: Mapping[str, str], *, bound_to: str) -> bytes:
        """Return an envelope that only opens together with the same *bound_to*."""
        data_key = AESGCM.generate_key(KEY_BYTES * 8)
        text = json.dumps(dict(secret), sort_keys=True).encode()
        return self._wrap(data_key, _encrypt(data_key, text, _purpose("secret", bound_to)), bound_to)

    def open(self, sealed: bytes, *, bound_to: str) -> dict[str, str]:
        """
        Return the secret.

        Raises:
            SecretError: Unknown key, wrong *bound_to*, or the envelope was changed.
        """
        envelope = _envelope(sealed, bound_to)
        data_key = self._data_key(envelope, bound_to)
        text = _decrypt(data_key, envelope.secret, _purpose("secret", bound_to), bound_to)
        found: dict[str, str] = json.loads(text)
        return found

    def rotate(self, sealed: bytes, *, bound_to: str) -> bytes:
        """Return the envelope re-sealed by the active key; one that is already comes back as it is."""
        envelope = _envelope(sealed, bound_to)
        if envelope.key_id == self._ring().active:
            return sealed
        return self._wrap(self._data_key(envelope, bound_to), envelope.secret, bound_to)

    def _wrap(self, data_key: bytes, secret: bytes, bound_to: str) -> bytes:
        ring = self._ring()
        sealed_key = _encrypt(ring.keys[ring.active], data_key, _purpose("data key", bound_to))
        return json.dumps(
            {
                "v": ENVELOPE_VERSION,
                "key_id": ring.active,
                "data_key": base64.b64encode(sealed_key).decode(),
                "secret": base64.b64encode(secret).decode(),
            }
        ).encode()

    def _data_key(self, envelope: Envelope, bound_to: str) -> bytes:
        master = self._ring().keys.get(envelope.key_id)
        if master is None:
            raise SecretError(
                f"credential {bound_to!r} was sealed by key {envelope.key_id!r}, which is not in {self._path}: "
                "put that key back, or save the credential again"
            )
        return _decrypt(master, envelope.data_key, _purpose("data key", bound_to), bound_to)

    def _ring(self) -> RingFile:
        if self._read is None:
            self._read = _read_ring(self._path)
        return self._read


def _read_ring(path: Path) -> RingFile:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & OPEN_TO_OTHERS:
                raise SecretError(f"others may read the keyring {path}: run `chmod 600 {path}`")
            text = file.read()
    except OSError as error:
        raise SecretError(
            f"the keyring {path} cannot be read ({error.strerror}): set CLOUDFLOW_KEYRING__FILE to the right file"
        ) from error
    try:
        return RingFile.model_validate_json(text)
    except ValidationError as error:
        # Never the error's own text: it quotes the input, which holds keys.
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors())
        raise SecretError(f"the keyring {path} is not as it should be: {wrong}") from None


def _envelope(sealed: bytes, bound_to: str) -> Envelope:
    try:
        envelope = Envelope.model_validate_json(sealed)
    except (ValidationError, binascii.Error):
        raise SecretError(f"credential {bound_to!r} is not sealed as it should be: save it again") from None
    if envelope.v != ENVELOPE_VERSION:
        raise SecretError(f"credential {bound_to!r} was sealed by a newer version: update this one")
    return envelope


def _purpose(what: str, bound_to: str) -> bytes:
    return f"cloudflow {what}\0{bound_to}".encode()


def _encrypt(key: bytes, data: bytes, purpose: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, purpose)


def _decrypt(key: bytes, data: bytes, purpose: bytes, bound_to: str) -> bytes:
    try:
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], purpose)
    except (InvalidTag, ValueError):
        raise SecretError(
            f"credential {bound_to!r} does not open: it was changed, or sealed for another name; save it again"
        ) from None
