"""Chooses which files the demonstration shows: many kinds, many sizes, the same ones each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cloudflow_cli.demo.candidates import Candidate, Kind
from cloudflow_lib.errors import CloudFlowError

KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How many files, how many bytes, and of what."""

    files: int = 2_200
    size_bytes: int = 295 * MIB
    least_files: int = 2_000
    least_bytes: int = 300_000_000
    large_from: int = 10 * MIB
    """Large enough to travel in several parts."""
    large_files: int = 6
    large_bytes: int = 120 * MIB
    medium_from: int = 256 * KIB
    shares: Mapping[Kind, int] = field(
        default_factory=lambda: {Kind.DOCS: 35, Kind.SOURCE: 32, Kind.LIBRARIES: 8, Kind.DATA: 25},
    )
    """Kind -> percent of the small files."""


def choose(candidates: Iterable[Candidate], wish: Wish) -> list[Candidate]:
    """
    Return the chosen files: a few large ones, medium ones until there are bytes enough, the rest small.

    Raises:
        CloudFlowError: This machine has too few files.
    """
    drawn = sorted({file.key: file for file in candidates}.values(), key=lambda file: file.lot)
    large = [file for file in drawn if file.size_bytes >= wish.large_from]
    medium = [file for file in drawn if wish.medium_from <= file.size_bytes < wish.large_from]
    small = [file for file in drawn if file.size_bytes < wish.medium_from]
    chosen = _up_to(large, wish.large_files, wish.large_bytes)
    chosen += _until(medium, wish.size_bytes - _bytes(chosen))
    chosen += _until([file for file in large if file not in chosen], wish.size_bytes - _bytes(chosen))
    chosen += _by_kind(small, wish.files - len(chosen), wish.shares)
    if len(chosen) < wish.least_files or _bytes(chosen) < wish.least_bytes:
        raise CloudFlowError(
            f"this machine has only {len(chosen):,} suitable files with {_bytes(chosen):,} bytes for the "
            f"demonstration, which wants {wish.least_files:,} and {wish.least_bytes:,}: install packages with "
            "documentation or libraries (apt-get install manpages libc6-dev), then try again"
        )
    return sorted(chosen, key=lambda file: file.key)


def _bytes(files: Iterable[Candidate]) -> int:
    return sum(file.size_bytes for file in files)


def _up_to(files: Sequence[Candidate], count: int, size_bytes: int) -> list[Candidate]:
    taken: list[Candidate] = []
    for file in files:
        if len(taken) < count and _bytes(taken) + file.size_bytes <= size_bytes:
            taken.append(file)
    return taken


def _until(files: Sequence[Candidate], size_bytes: int) -> list[Candidate]:
    taken: list[Candidate] = []
    for file in files:
        if size_bytes <= 0:
            break
        taken.append(file)
        size_bytes -= file.size_bytes
    return taken


def _by_kind(files: Sequence[Candidate], count: int, shares: Mapping[Kind, int]) -> list[Candidate]:
    """Return *count* of *files* in the wanted shares; kinds that are rare here leave their place to the others."""
    taken: list[Candidate] = []
    for kind, share in shares.items():
        taken += [file for file in files if file.kind is kind][: count * share // 100]
    chosen = {file.key for file in taken}
    return taken + [file for file in files if file.key not in chosen][: count - len(taken)]
