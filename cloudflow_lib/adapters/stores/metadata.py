"""Carry any metadata through stores that take only some: what does not fit lies in one JSON entry, never dropped."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cloudflow_lib.errors import UnsupportedError

ORIGINALS = "cloudfloworiginals"
"""The entry that holds what the store cannot hold as it is; a valid name in every store."""

HEADER_VALUE = re.compile(r"(?!=\?)[!-~]+( [!-~]+)*")
"""Printable ASCII with single inner spaces: HTTP headers mangle the rest. `=?` starts an encoded word."""

PLAIN_TYPE = "application/octet-stream"
"""What Azure and Google assume of an object that says nothing."""
AZURE_TAG = re.compile(r"[A-Za-z0-9 +\-./:=_]*")
MOST_AZURE_TAGS, LONGEST_TAG_NAME, LONGEST_TAG_VALUE = 10, 128, 256


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataRules:
    """What one provider takes as a metadata entry."""

    key: re.Pattern[str]
    max_bytes: int

    def encode(self, metadata: Mapping[str, str], place: str) -> dict[str, str]:
        """
        Return *metadata* as the store takes it.

        Raises:
            UnsupportedError: It is larger than the store allows; nothing is dropped silently.
        """
        plain = {key: value for key, value in metadata.items() if self._fits(key, value)}
        others = {key: value for key, value in metadata.items() if key not in plain}
        if others:
            plain[ORIGINALS] = json.dumps(others, separators=(",", ":"), sort_keys=True)
        require_room(plain, self.max_bytes, place)
        return plain

    def _fits(self, key: str, value: str) -> bool:
        return key != ORIGINALS and bool(self.key.fullmatch(key) and HEADER_VALUE.fullmatch(value))


S3_METADATA = MetadataRules(key=re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?"), max_bytes=2048)
"""Names travel as header names, so capitals would be lost."""
AZURE_METADATA = MetadataRules(key=re.compile(r"[a-z_][a-z0-9_]*"), max_bytes=8192)
"""Names are C# identifiers; capitals survive only sometimes, so they count as not fitting."""


def require_room(metadata: Mapping[str, str], max_bytes: int, place: str) -> None:
    """Raise UnsupportedError if *metadata* takes more than *max_bytes*."""
    size = sum(len(key.encode()) + len(value.encode()) for key, value in metadata.items())
    if size > max_bytes:
        raise UnsupportedError(f"{place}: its metadata takes {size:,} bytes, the store holds {max_bytes:,}; shorten it")


def decode_metadata(stored: Mapping[str, str]) -> dict[str, str]:
    """Return what was given to `encode`; an entry that somebody else wrote under our name stays as it is."""
    plain = dict(stored)
    if ORIGINALS not in plain:
        return plain
    try:
        others = json.loads(plain[ORIGINALS])
    except ValueError:
        return plain
    if not isinstance(others, dict) or not all(isinstance(value, str) for value in others.values()):
        return plain
    del plain[ORIGINALS]
    return plain | others


def takes_azure_tags(tags: Mapping[str, str]) -> bool:
    """Whether Azure holds *tags*: ten of them, and few characters beside letters and digits."""
    return len(tags) <= MOST_AZURE_TAGS and all(
        AZURE_TAG.fullmatch(name + value) and 1 <= len(name) <= LONGEST_TAG_NAME and len(value) <= LONGEST_TAG_VALUE
        for name, value in tags.items()
    )
