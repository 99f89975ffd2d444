"""The other path of a bulk copy, in threads: objects in parts, and whatever the fast path cannot name or hold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from cloudflow_lib.errors import CloudFlowError, LostRaceError, StoreUnavailableError
from cloudflow_lib.ports.stores import ObjectReader, ObjectStore
from cloudflow_lib.transfer.bandwidth import LimitedReader
from cloudflow_lib.transfer.bulk_items import BulkItem, BulkOptions, BulkOutcome

if TYPE_CHECKING:
    from cloudflow_lib.transfer.ledger import Page  # with the rest of that path: where it is needed

T = TypeVar("T")


class StoppedError(CloudFlowError):
    """The copy was stopped before it was complete; nothing of it is left."""


class Once:
    """Opens a store when it is first asked for, whichever thread asks."""

    def __init__(self, open_store: Callable[[], ObjectStore]) -> None:
        self._open_store = open_store
        self._lock = threading.Lock()
        self._store: ObjectStore | None = None

    def __call__(self) -> ObjectStore:
        with self._lock:
            if self._store is None:
                self._store = self._open_store()
            return self._store

    def close(self) -> None:
        """Close the store, if it was opened."""
        if self._store is not None:
            self._store.close()


class SlowPath:
    """Copies object by object, with the SDKs of both sides."""

    def __init__(
        self,
        open_source: Callable[[], ObjectStore],
        open_target: Callable[[], ObjectStore],
        options: BulkOptions,
        stopped: threading.Event,
    ) -> None:
        self.source = Once(open_source)
        self.target = Once(open_target)
        self._options = options
        self._stopped = stopped

    def copy(self, item: BulkItem) -> BulkOutcome:
        """
        Copy one object of any size and prove it.

        Raises:
            StoppedError: The run was stopped; nothing of this object is left, or what the ledger knows.
            CloudFlowError: As `stream_object`.
        """
        from cloudflow_lib.transfer.copy import Job, stream_object
        from cloudflow_lib.transfer.plan import fit_traits, plan_copy
        from cloudflow_lib.transfer.verify import prove_info

        source, target, options = self.source(), self.target(), self._options
        traits = item.traits or source.traits(item.source_key)
        wanted_class = item.storage_class or target.capabilities.default_class
        traits, notes = fit_traits(traits, target.capabilities, wanted_class)
        plan = plan_copy(
            item.size_bytes,
            target.capabilities,
            in_place=False,
            same_account=False,
            part_bytes=options.part_bytes,
        )
        reader: ObjectReader = LimitedReader(source, options.bandwidth) if options.bandwidth.is_limited else source
        job = Job(
            source=reader,
            source_key=item.source_key,
            source_version=item.source_version,
            target=target,
            target_key=item.target_key,
            traits=traits,
            streams=options.streams_per_object,
        )
        began_at = datetime.now(UTC)
        with self._written_down(item, target) as page:
            info, digest = stream_object(plan, job, self._go_on, page)
            proof = prove_info(target, info, digest)
        was_there = info.modified_at < began_at  # it is not said whether it was; its time tells
        return BulkOutcome(item=item, info=info, digest=digest, proof=proof, notes=notes, was_there=was_there)

    @contextmanager
    def _written_down(self, item: BulkItem, target: ObjectStore) -> Iterator[Page | None]:
        """Open the ledger at an *item* in parts; its upload stays where another call goes on with it."""
        options = self._options
        page = options.page_of(item) if options.page_of and item.size_bytes > options.part_bytes else None
        try:
            yield page
        except (StoppedError, StoreUnavailableError, LostRaceError):
            raise
        except CloudFlowError:
            if page and (entry := page.open_entry()):
                page.abort(target, entry)
            raise
        if page and (entry := page.open_entry()):
            page.close(entry)

    def tags(self, key: str) -> dict[str, str]:
        """Return the tags of a source object."""
        return dict(self.source().traits(key).tags)

    def remove(self, key: str, version: str) -> None:
        """Remove a copy that did not prove, if it still is that version."""
        self.target().delete(key, if_version=version)

    def close(self) -> None:
        """Close what was opened."""
        self.source.close()
        self.target.close()

    def _go_on(self, _copied_bytes: int) -> None:
        if self._stopped.is_set():
            raise StoppedError("the copy was stopped; start it again to go on")
