"""What a secret looks like wherever it was written down: as it is, and in the clothes that programs put on texts."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Mapping
from urllib.parse import quote

SHORTEST = 8
"""A shorter text is found everywhere by chance."""
BASE64_OFFSETS = 3


class Needles:
    """Looks for secrets in bytes."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._forms = {form: name for name, text in secrets.items() for part in _parts(text) for form in _forms(part)}

    def __len__(self) -> int:
        return len(self._forms)

    def found_in(self, data: bytes) -> set[str]:
        """Return the names of the secrets in *data*, which may be packed by zlib or written as hexadecimal digits."""
        return {name for form, name in self._forms.items() for view in _views(data) if form in view}


def _parts(secret: str) -> Iterable[str]:
    """Return what must not be read of *secret*: of a key file the longest lines of its private key."""
    try:
        value = json.loads(secret)
    except ValueError:
        value = None
    texts = value.values() if isinstance(value, dict) else [secret]
    lines = [line for text in texts if isinstance(text, str) for line in text.splitlines()]
    if isinstance(value, dict):
        lines = [line for line in str(value.get("private_key", "")).splitlines() if "-----" not in line]
    return [line for line in lines if len(line) >= SHORTEST]


def _forms(text: str) -> set[bytes]:
    raw = text.encode()
    forms = {raw, quote(text, safe="").encode(), quote(text).encode(), json.dumps(text)[1:-1].encode()}
    forms.add(binascii.hexlify(raw))
    for offset in range(BASE64_OFFSETS):
        # Inside of a longer text the same bytes look like one of three.
        packed = base64.b64encode(b"\0" * offset + raw)[4 if offset else 0 :].rstrip(b"=")[:-1]
        forms |= {packed, packed.translate(bytes.maketrans(b"+/", b"-_"))}
    return {form for form in forms if len(form) >= SHORTEST}


def _views(data: bytes) -> list[bytes]:
    views = [data]
    for start in (data, _unhexed(data)):
        try:
            views.append(zlib.decompress(start))
        except zlib.error:
            continue
    return views


def _unhexed(data: bytes) -> bytes:
    try:
        return binascii.unhexlify(data.removeprefix(b"\\x"))
    except (binascii.Error, ValueError):
        return b""
