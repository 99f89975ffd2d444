"""Which way one object goes in a bulk copy, and what happens when its bytes are wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import CorruptDataError, ObjectArchivedError, UnsupportedError
from cloudflow_lib.ports.bulk import BulkStore, Fetched
from cloudflow_lib.transfer.bulk_items import BulkItem, BulkOptions, BulkOutcome
from cloudflow_lib.transfer.bulk_slow import SlowPath
from cloudflow_lib.transfer.bulk_small import CorruptCopyError, read_small, write_small
from cloudflow_lib.transfer.gate import Gate, MemoryBudget
from cloudflow_lib.transfer.pace import Pace
from cloudflow_lib.transfer.plan import fit_traits

T = TypeVar("T")

OVERHEAD_BYTES = 16 * 1024
"""What an object in flight takes beside its bytes."""
BYTES_PER_PLACE = 1024 * 1024
"""Memory for small objects, for each request that may be in flight."""


class Copier:
    """Takes small objects over the fast path, and all others, and those it cannot take, over the slow one."""

    def __init__(
        self, source: BulkStore, target: BulkStore, slow: SlowPath, options: BulkOptions, threads: ThreadPoolExecutor
    ) -> None:
        self.memory = MemoryBudget()
        self._source, self._target, self._slow = source, target, slow
        self._options, self._threads = options, threads
        patience = options.patience_seconds
        self._reading, self._writing = (
            Gate(Pace(limits), patience_seconds=patience, is_short=lambda: self.memory.is_short)
            for limits in (options.source_pace, options.target_pace)
        )
        self._large = asyncio.Semaphore(options.large_at_once)

    @property
    def gates(self) -> tuple[Gate, Gate]:
        """The gates of both sides, with their counters."""
        return self._reading, self._writing

    def is_small(self, item: BulkItem) -> bool:
        """Whether one read and one write move it."""
        return item.size_bytes <= min(self._options.part_bytes, self._target.capabilities.max_single_put_bytes)

    async def take_memory(self, item: BulkItem) -> int:
        """
        Wait until there is memory for the object, and return how many bytes it takes.

        Small objects begin with a part of it and get more as requests in flight do: memory that was never
        touched costs more CPU time than the copy of what lies in it.
        """
        options = self._options
        if not self.is_small(item):
            cost = 2 * options.part_bytes * options.streams_per_object
            await self.memory.take(cost, lambda: options.memory_bytes)
            return cost
        cost = 2 * item.size_bytes + OVERHEAD_BYTES
        await self.memory.take(cost, lambda: min(options.memory_bytes, self._writing.pace.limit * BYTES_PER_PLACE))
        return cost

    async def copy(self, item: BulkItem) -> BulkOutcome:
        """
        Copy and prove one object; once more where the bytes that came, or arrived, were wrong.

        A wrong copy is removed, if it still is the one that was written.
        """
        try:
            return await self._copy_once(item)
        except CorruptCopyError as error:
            await self._remove(item, error.version)
        except CorruptDataError:
            pass
        try:
            return await self._copy_once(item)
        except CorruptCopyError as error:
            await self._remove(item, error.version)
            raise

    async def _copy_once(self, item: BulkItem) -> BulkOutcome:
        if not self.is_small(item):
            async with self._large:
                return await self._copy_slowly(item)
        if not (self._source.keeps(item.source_key) and self._target.keeps(item.target_key)):
            return await self._copy_slowly(item)
        try:
            reading = await read_small(item, self._source, self._reading)
        except UnsupportedError:
            return await self._copy_slowly(item)
        traits = await self._traits(item, reading.fetched)
        wanted_class = item.storage_class or self._target.capabilities.default_class
        fitting, notes = fit_traits(traits, self._target.capabilities, wanted_class)
        if not self._target.holds(fitting):
            return await self._copy_slowly(replace(item, traits=traits))
        try:
            return await write_small(item, reading, fitting, notes, self._target, self._writing)
        except (UnsupportedError, ObjectArchivedError):
            # Something lies there that cannot be read this way; the other one asks the store for its checksum.
            return replace(await self._copy_slowly(replace(item, traits=traits)), was_there=True)

    async def _traits(self, item: BulkItem, fetched: Fetched) -> ObjectTraits:
        if item.traits is not None:
            return item.traits
        if not (self._options.carry_tags and self._source.capabilities.has_tags):
            return fetched.traits
        return replace(fetched.traits, tags=await self._tags(item.source_key))

    async def _tags(self, key: str) -> Mapping[str, str]:
        if not self._source.tells_tags:
            return await self._in_thread(partial(self._slow.tags, key))
        try:
            return await self._reading(lambda _: self._source.tags(key), 0)
        except UnsupportedError:
            return {}

    async def _copy_slowly(self, item: BulkItem) -> BulkOutcome:
        return await self._in_thread(partial(self._slow.copy, item))

    async def _remove(self, item: BulkItem, version: str) -> None:
        await self._in_thread(partial(self._slow.remove, item.target_key, version))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
