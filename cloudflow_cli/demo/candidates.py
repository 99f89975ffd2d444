"""Finds files of this machine that a demonstration may show: real, readable by everybody, no secrets."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

MOST_BYTES = 60 * 1024 * 1024
LONGEST_NAME = 200
"""Percent-encoded: the GCS emulator keeps each object in one file of that name, and odd names grow longer."""
PRIVATE = re.compile(
    r"secret|passw|token|credential|private|shadow|netrc|id_[rd]sa|\.(env|pem|key|p12)$",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What a file is to people."""

    DOCS = "docs"
    SOURCE = "source"
    LIBRARIES = "libraries"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Root:
    """A folder with files of one kind, and the key prefix they get; its first part decides who owns them."""

    kind: Kind
    prefix: str
    folder: Path
    names: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One file that may be chosen."""

    path: str
    key: str
    kind: Kind
    size_bytes: int
    mtime_ns: int

    @property
    def lot(self) -> str:
        """Where it stands when files are drawn: by chance, and the same at each drawing."""
        return hashlib.blake2b(self.key.encode(), digest_size=8).hexdigest()


ANY = re.compile("")
PROSE = re.compile(r"\.(md|rst|txt|html|pdf)$|^(LICENSE|README|AUTHORS|NOTICE)")
CODE = re.compile(r"\.(py|pyi|pyx|js|css|sql|h|hpp|c)$")
LIBRARY = re.compile(r"\.so(\.[\d.]+)?$")
DATA = re.compile(r"\.(json|csv|tsv|gz|npy|npz|zip|jar|xml|ya?ml|toml|dat|png|svg|woff2?|ttf|mo|bin|parquet)$")


def machine_roots() -> tuple[Root, ...]:
    """Return the folders of this machine to look in: the system's, and the packages of the running Python."""
    packages = Path(sysconfig.get_path("purelib"))
    system = Path("/usr")
    libraries = system / "lib" / str(sysconfig.get_config_var("MULTIARCH") or "")
    return (
        Root(Kind.DOCS, "docs/packages/", system / "share/doc", ANY),
        Root(Kind.DOCS, "docs/manuals/", system / "share/man", ANY),
        Root(Kind.DOCS, "docs/python/", packages, PROSE),
        Root(Kind.SOURCE, "platform/include/", system / "include", CODE),
        Root(Kind.SOURCE, "research/python/", packages, CODE),
        Root(Kind.LIBRARIES, "platform/lib/", libraries, LIBRARY),
        Root(Kind.LIBRARIES, "platform/wheels/", packages, LIBRARY),
        Root(Kind.DATA, "research/locale/", system / "share/locale", ANY),
        Root(Kind.DATA, "research/zoneinfo/", system / "share/zoneinfo", ANY),
        Root(Kind.DATA, "research/data/", packages, DATA),
    )


def find_candidates(roots: Iterable[Root], *, without: Iterable[Path] = ()) -> Iterator[Candidate]:
    """
    Yield every suitable file below *roots*, except those below *without*.

    A root that lies in such a folder is looked through all the same: somebody named it.
    """
    shut = {str(folder) for folder in without}
    for root in roots:
        for entry in _walk(root.folder, shut):
            key = root.prefix + Path(entry.path).relative_to(root.folder).as_posix()
            found = entry.stat(follow_symlinks=False)
            if root.names.search(entry.name) and _is_suitable(key, found):
                yield Candidate(
                    path=entry.path,
                    key=key,
                    kind=root.kind,
                    size_bytes=found.st_size,
                    mtime_ns=found.st_mtime_ns,
                )


def _walk(folder: Path | str, shut: set[str]) -> Iterator[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.path not in shut and entry.name != "__pycache__":
                yield from _walk(entry.path, shut)
        elif entry.is_file(follow_symlinks=False):
            yield entry


def _is_suitable(key: str, found: os.stat_result) -> bool:
    """Return whether everybody may read the file, no name hints at a secret, and every store allows its key."""
    return (
        0 < found.st_size <= MOST_BYTES
        and bool(found.st_mode & stat.S_IROTH)
        and key.isprintable()
        and "\\" not in key
        and not any(part.endswith(".") for part in key.split("/"))
        and len(quote(key, safe="", errors="surrogateescape")) <= LONGEST_NAME
        and not PRIVATE.search(key)
    )
