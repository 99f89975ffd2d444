"""Says where each file of the demonstration starts: which place, and under which name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from cloudflow_cli.demo.candidates import Candidate
from cloudflow_lib.domain.files import file_id_at

S3, ARCHIVE, AZURE, GCS = "s3-main", "s3-archive", "azure-main", "gcs-main"
SHARES = ((S3, 34), (ARCHIVE, 18), (AZURE, 28), (GCS, 20))
"""Location -> percent of the files."""
SPREAD_FROM = 8 * 1024 * 1024
"""Large files are dealt out in turn, so that each cloud has some; the archive keeps its bytes in memory."""
ODD_NAMES = ("{stem} (copy 2){suffix}", "{stem}+{stem}{suffix}", "100% {stem}{suffix}", "{stem}%20raw{suffix}")
ODD_WORDS = ("Übersicht {stem}{suffix}", "日本語 {stem}{suffix}", "{stem}#1?{suffix}", "it's {stem}; v=2{suffix}")
ODD_EACH = 2
LONGEST_ODD_STEM = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A chosen file and its first address."""

    candidate: Candidate
    location_id: str
    key: str

    @property
    def file_id(self) -> str:
        """The id under which the catalogue keeps it, wherever it moves."""
        return file_id_at(self.location_id, self.key)


def place(files: Sequence[Candidate]) -> list[Placed]:
    """Return where each file starts; a few get names that are hard for careless programs."""
    odd = _odd_names(files)
    turns = {file.key: index for index, file in enumerate(file for file in files if file.size_bytes >= SPREAD_FROM)}
    places = (S3, AZURE, GCS)
    return [
        Placed(
            candidate=file,
            location_id=places[turns[file.key] % len(places)] if file.key in turns else _drawn_place(file),
            key=odd.get(file.key, file.key),
        )
        for file in files
    ]


def is_odd(key: str) -> bool:
    """Return whether a key needs care: blanks, signs that URLs give a meaning, letters beyond ASCII."""
    return not key.isascii() or any(sign in key for sign in " %#?+;'")


def _drawn_place(file: Candidate) -> str:
    ball = hashlib.blake2b(f"place:{file.key}".encode(), digest_size=4).digest()
    percent = int.from_bytes(ball) % 100
    for location_id, share in SHARES:
        percent -= share
        if percent < 0:
            return location_id
    raise AssertionError


def _odd_names(files: Sequence[Candidate]) -> dict[str, str]:
    """Return new keys for a few files with short names, some for every pattern."""
    patterns = [pattern for pattern in (*ODD_NAMES, *ODD_WORDS) for _ in range(ODD_EACH * len(SHARES))]
    short = [file for file in files if 0 < len(PurePosixPath(file.key).stem) <= LONGEST_ODD_STEM]
    taken = {file.key for file in files}
    renamed: dict[str, str] = {}
    for file, pattern in zip(sorted(short, key=lambda file: file.lot), patterns, strict=False):
        path = PurePosixPath(file.key)
        key = str(path.with_name(pattern.format(stem=path.stem, suffix=path.suffix)))
        if key not in taken:
            renamed[file.key] = key
            taken.add(key)
    return renamed
