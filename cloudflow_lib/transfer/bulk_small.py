"""One small object: read pinned, digested, written create-only, proved by what the destination answers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ChecksumKind, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError, ObjectExistsError
from cloudflow_lib.ports.bulk import BulkStore, Fetched, Stored
from cloudflow_lib.transfer.bulk_items import BulkItem, BulkOutcome
from cloudflow_lib.transfer.digest import digest_of
from cloudflow_lib.transfer.gate import Gate

PROVING = (ChecksumKind.CRC64NVME, ChecksumKind.CRC32C, ChecksumKind.MD5)
"""What proves a copy, the cheapest to compute first."""

LONG_BYTES = 256 * 1024
"""From here on an MD5 is computed in a thread: it would stop the event loop for too long. The checksums would not."""

QUIET_BYTES = 2047
"""More in one call would give the interpreter away to another thread, and getting it back takes longer than the MD5."""


class CorruptCopyError(CorruptDataError):
    """What the destination holds is not what was read; *version* is what must be removed."""

    def __init__(self, text: str, version: str) -> None:
        super().__init__(text)
        self.version = version


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read of one object, and its digest."""

    fetched: Fetched
    digest: Digest

    @cached_property
    def md5(self) -> str:
        """The MD5 of the bytes, computed when it is first asked for."""
        digest, data = hashlib.md5(usedforsecurity=False), memoryview(self.fetched.data)
        step = QUIET_BYTES if len(data) < LONG_BYTES else len(data)
        for at in range(0, len(data), step):
            digest.update(data[at : at + step])
        return digest.hexdigest()

    async def md5_aside(self) -> str:
        """Return the MD5, of a long object computed in a thread."""
        return await asyncio.to_thread(lambda: self.md5) if len(self.fetched.data) >= LONG_BYTES else self.md5


async def read_small(item: BulkItem, source: BulkStore, gate: Gate) -> Reading:
    """
    Read the object, pinned to its version, counted, and compared with what its store says about it.

    Where the store tells no checksum, a version that looks like an MD5 is one in most stores: if the bytes have
    another, they are read a second time, and only bytes that came twice are taken.

    Raises:
        CorruptDataError: What came is not what the source's own checksum, or the second reading, says.
    """
    reading = await _read(item, source, gate)
    ours, known = reading.digest.checksums, {**item.source_checksums, **reading.fetched.checksums}
    for kind, told in known.items():
        if ours.get(kind, told) != told:
            raise CorruptDataError(f"{item.source_key!r} was read as other bytes than its store's {kind}; try again")
    if known.keys() & ours.keys():
        return reading
    if item.source_md5 is not None and reading.md5 != item.source_md5:
        again = await _read(item, source, gate)
        if again.digest != reading.digest:
            raise CorruptDataError(f"{item.source_key!r} was read twice with different bytes; check the network")
    return reading


async def _read(item: BulkItem, source: BulkStore, gate: Gate) -> Reading:
    fetched = await gate(
        lambda _: source.get(item.source_key, version=item.source_version, size_bytes=item.size_bytes),
        item.size_bytes,
    )
    if item.size_bytes < LONG_BYTES or fetched.checksums:
        return Reading(fetched=fetched, digest=digest_of(fetched.data))
    return await asyncio.to_thread(_digested, fetched)


def _digested(fetched: Fetched) -> Reading:
    reading = Reading(fetched=fetched, digest=digest_of(fetched.data))
    reading.md5  # noqa: B018 - computed here, in a thread, and kept
    return reading


async def write_small(
    item: BulkItem,
    reading: Reading,
    traits: ObjectTraits,
    notes: Sequence[str],
    target: BulkStore,
    gate: Gate,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> BulkOutcome:
    """
    Write what was read where nothing is, and prove it.

    Raises:
        ObjectExistsError: Other bytes lie there already.
        CorruptCopyError: What was written is not what was read.
    """
    digest, key = reading.digest, item.target_key
    try:
        data, md5 = reading.fetched.data, item.source_md5
        stored = await gate(lambda _: target.put_new(key, data, traits, source_md5=md5), item.size_bytes)
    except ObjectExistsError as error:
        stored = await _own_success(item, digest, target, gate, error)
        proof, was_there = "read back", True
    else:
        proof, was_there = await _prove(item, stored, reading, target, gate), False
    info = ObjectInfo(
        key=key,
        size_bytes=item.size_bytes,
        version=stored.version,
        modified_at=stored.modified_at or now(),
        storage_class=traits.storage_class or target.capabilities.default_class,
        content_type=traits.content_type,
        metadata=traits.metadata,
        checksums=stored.checksums,
    )
    return BulkOutcome(item=item, info=info, digest=digest, proof=proof, notes=tuple(notes), was_there=was_there)


async def _prove(item: BulkItem, stored: Stored, reading: Reading, target: BulkStore, gate: Gate) -> str:
    for kind in PROVING:
        if told := stored.checksums.get(kind):
            is_source = kind is ChecksumKind.MD5 and told == item.source_md5  # the same at both ends
            ours = reading.digest.checksums.get(kind)
            if not is_source and told != (ours or await reading.md5_aside()):
                raise CorruptCopyError(
                    f"{item.target_key!r}: the destination computed another {kind} than the source's bytes have; "
                    "check the network and try again",
                    stored.version,
                )
            return f"{kind} computed by the store"
    # We sent no MD5, so a store that answers the right one computed it over what it received.
    if (told := stored.perhaps_md5) and (told == item.source_md5 or told == await reading.md5_aside()):
        return "md5 computed by the store"
    back = await gate(
        lambda _: target.get(item.target_key, version=stored.version, size_bytes=item.size_bytes),
        item.size_bytes,
    )
    if digest_of(back.data) != reading.digest:
        raise CorruptCopyError(f"{item.target_key!r} reads back as other bytes than the source's", stored.version)
    return "read back"


async def _own_success(
    item: BulkItem, digest: Digest, target: BulkStore, gate: Gate, error: ObjectExistsError
) -> Stored:
    """Return what lies at the destination, if it holds exactly the digested bytes: an answer that got lost."""
    try:
        back = await gate(
            lambda _: target.get(item.target_key, version=None, size_bytes=item.size_bytes), item.size_bytes
        )
    except (ObjectChangedError, CorruptDataError):
        back = None
    if back is None or digest_of(back.data) != digest:
        raise ObjectExistsError(
            f"the destination already has another object named {item.target_key!r}; "
            "choose another prefix or remove it first",
        ) from error
    return Stored(version=back.version, modified_at=back.modified_at)
