"""Decide how an object travels, before anything is touched: pure, from sizes and capabilities alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from cloudflow_lib.domain.objects import ByteSpan, Capabilities, ObjectTraits
from cloudflow_lib.errors import UnsupportedError

MIB = 1024 * 1024


class Route(StrEnum):
    """How the bytes get there."""

    IN_PLACE = "in_place"
    """Same object, other storage class: the store does it."""
    SERVER_SIDE = "server_side"
    """Same provider and credential: the store copies; no byte passes through us."""
    ONE_REQUEST = "one_request"
    """One read and one write."""
    PARTS = "parts"
    """Ranged reads and a multipart upload, some parts at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPlan:
    """What to do with one object."""

    route: Route
    parts: tuple[ByteSpan, ...]
    """In the order of the bytes; one span for an object that is not cut."""


def plan_copy(
    size_bytes: int,
    target: Capabilities,
    *,
    in_place: bool,
    same_account: bool,
    part_bytes: int,
) -> CopyPlan:
    """
    Choose the cheapest safe route for an object of *size_bytes*.

    Raises:
        UnsupportedError: The destination cannot hold an object of this size, or cannot change its class.
    """
    whole = (ByteSpan(0, size_bytes),)
    if size_bytes > target.max_object_bytes:
        raise UnsupportedError(f"the destination holds objects up to {target.max_object_bytes:,} bytes")
    if in_place:
        if not target.changes_class_in_place:
            raise UnsupportedError("this location has one storage class only: migrate to another location instead")
        return CopyPlan(route=Route.IN_PLACE, parts=whole)
    if same_account:
        return CopyPlan(route=Route.SERVER_SIDE, parts=whole)
    if size_bytes <= min(part_bytes, target.max_single_put_bytes):
        return CopyPlan(route=Route.ONE_REQUEST, parts=whole)
    return CopyPlan(route=Route.PARTS, parts=cut(size_bytes, part_size(size_bytes, target, part_bytes)))


def part_size(size_bytes: int, target: Capabilities, wanted: int) -> int:
    """
    Return the part size for an object: *wanted*, unless the store's limits ask for another.

    Grown in whole MiB until the parts fit into the store's number of parts, with a tenth to spare.
    """
    fits = -(-size_bytes // (target.max_parts * 9 // 10 or 1))
    chosen = max(wanted, target.min_part_bytes)
    if chosen < fits:
        chosen = -(-fits // MIB) * MIB
    if chosen > target.max_part_bytes:
        raise UnsupportedError(f"an object of {size_bytes:,} bytes does not fit into {target.max_parts:,} parts")
    return chosen


def cut(size_bytes: int, part_bytes: int) -> tuple[ByteSpan, ...]:
    """Cut an object into spans of *part_bytes*; the last one may be shorter."""
    return tuple(ByteSpan(at, min(at + part_bytes, size_bytes)) for at in range(0, size_bytes, part_bytes))


def fit_traits(traits: ObjectTraits, target: Capabilities, storage_class: str) -> tuple[ObjectTraits, tuple[str, ...]]:
    """Return what *target* can hold of *traits*, and a sentence for everything it cannot."""
    notes: list[str] = []
    if traits.tags and not target.has_tags:
        notes.append(f"tags not carried, the destination has none: {_names(traits.tags)}")
        traits = replace(traits, tags={})
    held = sum(len(name.encode()) + len(value.encode()) for name, value in traits.metadata.items())
    if held > target.max_metadata_bytes:
        notes.append(
            f"metadata not carried, {held:,} bytes are more than the destination's "
            f"{target.max_metadata_bytes:,}: {_names(traits.metadata)}",
        )
        traits = replace(traits, metadata={})
    return replace(traits, storage_class=storage_class), tuple(notes)


def _names(pairs: Mapping[str, str]) -> str:
    return ", ".join(sorted(pairs))
