"""Files that people send us: what they may be called, how large they may be, and how far one has come."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from cloudflow_lib.errors import TooLargeError, TypeRefusedError, WrongInputError

MIB = 1024 * 1024
MAX_NAME_BYTES = 1024
UNKNOWN_TYPE = "application/octet-stream"
WELL_FORMED_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}(;[ -~]{1,200})?")
WELL_FORMED_METADATA = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
MAX_METADATA_BYTES = 2048
LEDGER_PREFIX = "upload-"
"""What the part ledger calls uploads of people begins so."""
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that no name needs: controls, text that runs backwards, halves of characters, line ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """What may be sent."""

    max_bytes: int = 5 * 1024 * MIB
    """In one request."""
    max_resumable_bytes: int = 64 * 1024 * MIB
    """In pieces that may be carried on with."""
    max_files: int = 50
    """In one request."""
    types: tuple[str, ...] = ("*/*",)
    """Patterns of content types that are taken."""
    part_bytes: int = 8 * MIB
    """What is held in memory of one file; stores may ask for more."""
    max_open: int = 50
    """Unfinished ones of a user, that come in pieces."""
    resumable_for: timedelta = timedelta(hours=24)
    """How long an unfinished upload waits; a sweep takes away older ones."""

    def type_of(self, name: str, declared: str | None) -> str:
        """
        Return the content type that the file gets: the declared one, else what its name tells.

        Raises:
            WrongInputError, TypeRefusedError: It is no content type, or one that is not taken.
        """
        if declared and not WELL_FORMED_TYPE.fullmatch(declared):
            raise WrongInputError("the content type is not of the form type/subtype")
        found = declared or mimetypes.guess_type(name)[0] or UNKNOWN_TYPE
        plain = found.partition(";")[0].strip().lower()
        if not any(fnmatchcase(plain, pattern) for pattern in self.types):
            raise TypeRefusedError(f"files of type {plain} are not taken here; taken are {', '.join(self.types)}")
        return found

    def require_fits(self, size_bytes: int, *, resumable: bool = False) -> None:
        """Raise TooLargeError if a file of *size_bytes* is not taken."""
        most = self.max_resumable_bytes if resumable else self.max_bytes
        if size_bytes > most:
            hint = "" if resumable or size_bytes > self.max_resumable_bytes else "; send it in pieces to /uploads"
            raise TooLargeError(f"too large: more than {most:,} bytes{hint}")


def check_name(name: str) -> str:
    """
    Return *name* if it is good for a file everywhere: segments between slashes, readable, without tricks.

    Raises:
        WrongInputError: One line that says what is wrong.
    """
    if reason := _wrong_with(name):
        raise WrongInputError(f"the name {reason}: choose another one")
    return name


def _wrong_with(name: str) -> str | None:
    if any(unicodedata.category(letter) in UNSEEN for letter in name):
        return "holds characters that cannot be seen"
    segments = name.split("/")
    checks = (
        (not name, "is empty"),
        (len(name.encode()) > MAX_NAME_BYTES, f"has more than {MAX_NAME_BYTES:,} bytes"),
        ("\\" in name, "holds a backslash"),
        (not all(segments), "has an empty part between slashes"),
        (not {".", ".."}.isdisjoint(segments), "holds `.` or `..` as a part"),
    )
    return next((reason for is_wrong, reason in checks if is_wrong), None)


def check_metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    """
    Return *metadata* if every store can keep it: plain names, printable ASCII, two kilobytes at most.

    Raises:
        WrongInputError: One line that says what is wrong.
    """
    for name, value in metadata.items():
        if not WELL_FORMED_METADATA.fullmatch(name):
            raise WrongInputError("names of metadata are up to 64 of a-z, 0-9, `_` and `-`")
        if not (value.isascii() and value.isprintable()):
            raise WrongInputError(f"the metadata {name!r} holds other characters than printable ASCII")
    if sum(len(name) + len(value) for name, value in metadata.items()) > MAX_METADATA_BYTES:
        raise WrongInputError(f"metadata has {MAX_METADATA_BYTES:,} bytes at most")
    return metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumableUpload:
    """A file that comes in pieces, over as many requests and days as it takes."""

    upload_id: str
    user: str
    """Who sends it."""
    location_id: str
    key: str
    owner: str
    content_type: str
    storage_class: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    replaces: str | None = None
    """The version of the file that it takes the place of."""
    size_bytes: int
    part_bytes: int
    begun_at: datetime
    expires_at: datetime
    tail: bytes = b""
    """What has come of part *tail_number*: too little for the store."""
    tail_number: int = 1
    file_id: str | None = None
    """The file it became."""
    leased_until: datetime | None = None
    """Until when one request sends; another one has to wait."""
    fence: int = 0
    """Counts requests that send; one with an older number has lost its turn."""

    @property
    def ledger_id(self) -> str:
        """The name of its upload in the part ledger."""
        return f"{LEDGER_PREFIX}{self.upload_id}"

    def is_over(self, now: datetime) -> bool:
        """Return whether its time has ended; whoever sends right then sends on."""
        is_leased = self.leased_until is not None and self.leased_until > now
        return self.expires_at <= now and not is_leased
