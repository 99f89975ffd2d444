"""Remembers which files the demonstration shows, and what their bytes were: the audit compares with this."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from cloudflow_cli.demo.candidates import Candidate, Kind
from cloudflow_cli.demo.choice import Wish, choose
from cloudflow_cli.demo.placing import Placed, place
from cloudflow_cli.stack.layout import write_private
from cloudflow_lib.domain.files import file_id_at

READERS = 4


class Entry(BaseModel):
    """One file of the demonstration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    kind: Kind
    size_bytes: int
    mtime_ns: int
    sha256: str
    location_id: str
    """Where it started; the catalogue knows where it is now."""
    key: str

    @property
    def file_id(self) -> str:
        """The id under which the catalogue keeps it, wherever it moves."""
        return file_id_at(self.location_id, self.key)

    @property
    def is_unchanged(self) -> bool:
        """Whether this machine still has the same bytes under the same path."""
        try:
            found = Path(self.path).stat()
        except OSError:
            return False
        if found.st_size != self.size_bytes:
            return False
        return found.st_mtime_ns == self.mtime_ns or sha256_of(Path(self.path)) == self.sha256


class Manifest(BaseModel):
    """All files of the demonstration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: tuple[Entry, ...] = ()
    retired: tuple[str, ...] = ()
    """Paths of files that changed on this machine since they were uploaded: left in the stores, shown no more."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the manifest kept in *path*; an empty one if there is none."""
        return cls.model_validate_json(path.read_bytes()) if path.exists() else cls()

    def write(self, path: Path) -> None:
        """Keep the manifest in *path*, readable by its owner."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, self.model_dump_json(indent=1) + "\n")

    @property
    def size_bytes(self) -> int:
        """The bytes of all files."""
        return sum(entry.size_bytes for entry in self.entries)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file of this machine."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def renew(manifest: Manifest, find: Callable[[], Iterable[Candidate]], wish: Wish) -> Manifest:
    """
    Return the manifest to work with: the same one, as long as enough of its files are what they were.

    *find* looks through the machine; it is called only when files are missing.

    Raises:
        CloudFlowError: This machine has too few files.
    """
    with ThreadPoolExecutor(READERS) as pool:
        kept = [
            entry
            for entry, same in zip(
                manifest.entries, pool.map(lambda entry: entry.is_unchanged, manifest.entries), strict=True
            )
            if same
        ]
    paths, keys = {entry.path for entry in kept}, {entry.key for entry in kept}
    retired = {*manifest.retired, *(entry.path for entry in manifest.entries if entry.path not in paths)}
    if len(kept) < wish.least_files or sum(entry.size_bytes for entry in kept) < wish.least_bytes:
        chosen = place(choose((file for file in find() if file.path not in retired), wish))
        kept += _read([file for file in chosen if file.candidate.path not in paths and file.key not in keys])
    return Manifest(entries=tuple(kept), retired=tuple(sorted(retired)))


def _read(files: Sequence[Placed]) -> list[Entry]:
    def entry(file: Placed) -> Entry:
        found = file.candidate
        return Entry(
            path=found.path,
            kind=found.kind,
            size_bytes=found.size_bytes,
            mtime_ns=found.mtime_ns,
            sha256=sha256_of(Path(found.path)),
            location_id=file.location_id,
            key=file.key,
        )

    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(entry, files))
