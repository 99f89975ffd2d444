"""Listings in the order of UTF-8 bytes, also from stores that sort by UTF-16 units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cloudflow_lib.domain.objects import ObjectInfo

FIRST_SURROGATE = "\ud800"
LAST_OF_PLANE_0 = "\uffff"


def in_utf8_order(infos: Iterable[ObjectInfo]) -> Iterator[ObjectInfo]:
    """
    Yield *infos*, sorted by UTF-8 or by UTF-16, sorted by UTF-8.

    The orders differ in one place only: behind a common prefix, UTF-16 puts characters beyond
    U+FFFF (as emoji) before those from U+E000 on. Such a group is held back until it is complete.
    """
    held: list[ObjectInfo] = []
    prefix = ""
    for info in infos:
        if held:
            if info.key.startswith(prefix) and info.key[len(prefix) :] >= FIRST_SURROGATE:
                held.append(info)
                continue
            yield from sorted(held, key=_utf8)
            held = []
        at = next((place for place, char in enumerate(info.key) if char > LAST_OF_PLANE_0), None)
        if at is None:
            yield info
        else:
            prefix = info.key[:at]
            held.append(info)
    yield from sorted(held, key=_utf8)


def _utf8(info: ObjectInfo) -> bytes:
    return info.key.encode()


def safe_start(after: str) -> str:
    """Return a name that stands before everything behind *after*, in UTF-8 and in UTF-16 order."""
    at = next((place for place, char in enumerate(after) if char >= FIRST_SURROGATE), len(after))
    return after[:at]


def pages_of(infos: Iterable[ObjectInfo], size: int) -> Iterator[list[ObjectInfo]]:
    """Cut a stream into pages."""
    page: list[ObjectInfo] = []
    for info in infos:
        page.append(info)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page
