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


DOT_AT_THE_END = re.compile(r"\.(/|$)")
PLAIN = re.compile(r"[A-Za-z0-9._/-]*")


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
    sharing: dict[Path, list[Root]] = {}
    for root in roots:
        sharing.setdefault(root.folder, []).append(root)
    for folder, wanted in sharing.items():
        start = len(str(folder)) + 1
        for entry in _walk(str(folder), shut):
            fit = next((one for one in wanted if one.names.search(entry.name)), None)
            if fit and _has_fit_key(key := fit.prefix + entry.path[start:]) and _is_fit(found := entry.stat()):
                yield Candidate(
                    path=entry.path,
                    key=key,
                    kind=fit.kind,
                    size_bytes=found.st_size,
                    mtime_ns=found.st_mtime_ns,
                )


def _walk(folder: str, shut: set[str]) -> Iterator[os.DirEntry[str]]:
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


def _is_fit(found: os.stat_result) -> bool:
    """Return whether everybody may read the file, and its size is one to show."""
    return 0 < found.st_size <= MOST_BYTES and bool(found.st_mode & stat.S_IROTH)


def _has_fit_key(key: str) -> bool:
    """Return whether no name hints at a secret, and every store allows the key."""
    return (
        key.isprintable()
        and "\\" not in key
        and not DOT_AT_THE_END.search(key)
        and not PRIVATE.search(key)
        and len(key if PLAIN.fullmatch(key) else quote(key, safe="")) + 2 * key.count("/") <= LONGEST_NAME
    )
