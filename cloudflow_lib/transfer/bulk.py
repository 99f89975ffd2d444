"""
Many objects fast, in one process: small ones with hundreds of requests in flight, large ones in parts beside them.

Each object is read pinned to its version, counted and digested, written where nothing is, and proved by an
independent answer of the destination. One event loop in a thread of its own does the small ones; how many are
in flight follows what the stores bear (`pace`), and what is in memory is bounded whatever the objects' sizes.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue

from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.transfer.bulk_copier import Copier
from cloudflow_lib.transfer.bulk_items import BulkEnd, BulkItem, BulkOptions, BulkOutcome, BulkTotals
from cloudflow_lib.transfer.bulk_slow import SlowPath

__all__ = ["BulkEnd", "BulkItem", "BulkOptions", "BulkOutcome", "BulkTotals", "copy_many"]

CHUNK = 128
FLUSH_SECONDS = 0.02
SLOW_THREADS = 8

Batch = list[BulkOutcome] | BaseException | None


def copy_many(
    items: Iterable[BulkItem],
    source: BulkEnd,
    target: BulkEnd,
    options: BulkOptions | None = None,
    *,
    stop: threading.Event | None = None,
    totals: BulkTotals | None = None,
) -> Iterator[BulkOutcome]:
    """
    Copy *items*, which is read as a stream, and yield one outcome for each as it is done, in any order.

    When *stop* is set, no object is begun any more and those in flight are finished (large ones are
    given up); their outcomes still come. Leaving the iterator early, as Ctrl-C does, cancels what is in
    flight: no half object becomes visible, and a whole one is found by the next run as its own success.

    An error of *items* is raised here, behind the outcomes of what was begun before it.
    """
    run = _Run(source, target, options or BulkOptions(), stop or threading.Event(), totals or BulkTotals())
    thread = threading.Thread(target=run.main, args=(iter(items),), name="bulk-copy", daemon=True)
    thread.start()
    try:
        while (batch := run.outcomes.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            run.taken += len(batch)
            yield from batch
    finally:
        run.cancel()
        thread.join()


class _Run:
    """One bulk copy, inside its thread but for `cancel`."""

    def __init__(
        self, source: BulkEnd, target: BulkEnd, options: BulkOptions, stop: threading.Event, totals: BulkTotals
    ) -> None:
        self.outcomes: SimpleQueue[Batch] = SimpleQueue()
        self.taken = 0
        self._handed = 0
        self._ends = (source.fast, target.fast)
        self._options, self._stop, self._totals = options, stop, totals
        self._given_up = threading.Event()
        self._slow = SlowPath(source.open_store, target.open_store, options, self._given_up)
        self._threads = ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix="bulk-slow")
        self._copier = Copier(source.fast, target.fast, self._slow, options, self._threads)
        self._ready: list[BulkOutcome] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None

    def main(self, items: Iterator[BulkItem]) -> None:
        """Run until everything is copied, and hand out how it ended."""
        end: BaseException | None = None
        try:
            with asyncio.Runner(loop_factory=_fastest_loop()) as runner:
                runner.run(self._copy_all(items))
        except BaseExceptionGroup as group:
            end = group.exceptions[0]
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - raised in the caller's thread instead
            end = error
        try:
            self._given_up.set()
            self._threads.shutdown(cancel_futures=True)
            self._slow.close()
        except Exception as error:  # noqa: BLE001 - raised in the caller's thread instead
            end = end or error
        finally:
            self._flush()
            self.outcomes.put(end)

    def cancel(self) -> None:
        """End at once, from any thread; after the end it does nothing."""
        self._given_up.set()
        loop, main = self._loop, self._main
        if loop is not None and main is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: everything has ended
                loop.call_soon_threadsafe(main.cancel)

    async def _copy_all(self, items: Iterator[BulkItem]) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        if self._given_up.is_set():
            return
        options = self._options
        self._places = asyncio.Semaphore(options.most_objects)
        flusher = asyncio.create_task(self._flush_often())
        try:
            async with asyncio.TaskGroup() as tasks:
                async for item in self._stream(items):
                    cost = await self._admit(item)
                    tasks.create_task(self._copy(item, cost))
        finally:
            flusher.cancel()
            for end in self._ends:
                await end.aclose()

    async def _stream(self, items: Iterator[BulkItem]) -> AsyncIterator[BulkItem]:
        """Yield the items, which may come from the network, without stopping the loop: a chunk ahead, in a thread."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="bulk-items") as feeder:
            coming = loop.run_in_executor(feeder, lambda: list(islice(items, CHUNK)))
            while chunk := await coming:
                coming = loop.run_in_executor(feeder, lambda: list(islice(items, CHUNK)))
                for item in chunk:
                    if self._stop.is_set():
                        self._given_up.set()
                        return
                    yield item

    async def _admit(self, item: BulkItem) -> int:
        """Wait until there is room for the object and return the bytes of memory it takes."""
        options = self._options
        while self._handed - self.taken > options.most_outcomes:  # noqa: ASYNC110 - the one who takes them is a thread
            await asyncio.sleep(FLUSH_SECONDS)
        if self._copier.is_small(item) and options.bandwidth.is_limited:
            await asyncio.sleep(options.bandwidth.reserve(item.size_bytes))
        await self._places.acquire()
        return await self._copier.take_memory(item)

    async def _copy(self, item: BulkItem, cost: int) -> None:
        try:
            try:
                outcome = await self._copier.copy(item)
            except CloudFlowError as error:
                outcome = BulkOutcome(item=item, failure=error)
            self._hand_out(outcome)
        finally:
            self._copier.memory.give_back(cost)
            self._places.release()

    def _hand_out(self, outcome: BulkOutcome) -> None:
        totals = self._totals
        if outcome.is_copied:
            totals.copied += 1
            totals.copied_bytes += outcome.item.size_bytes
        else:
            totals.failed += 1
        self._handed += 1
        self._ready.append(outcome)

    async def _flush_often(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self._flush()

    def _flush(self) -> None:
        self._totals.requests = sum(gate.requests for gate in self._copier.gates)
        self._totals.refusals = sum(gate.refusals for gate in self._copier.gates)
        if self._ready:
            batch, self._ready = self._ready, []
            self.outcomes.put(batch)


def _fastest_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's where it is installed: a third less CPU time per object than asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
