"""
What we ask of the catalogue: the platform's memory of files, places, reads and moves.

Every change and its events are written in one document update: events wait in the document's
outbox until `drain_outbox` has published them. No promise here needs a transaction over
several documents, so that any MongoDB-compatible server can keep them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.ports.access_book import AccessBook
from cloudflow_lib.ports.alert_book import AlertBook
from cloudflow_lib.ports.answer_book import AnswerBook
from cloudflow_lib.ports.campaign_book import CampaignBook
from cloudflow_lib.ports.cost_day_book import CostDayBook
from cloudflow_lib.ports.file_finder import FileFinder, FilePage, TierTotal
from cloudflow_lib.ports.incoming_book import IncomingBook
from cloudflow_lib.ports.mail_book import MailBook
from cloudflow_lib.ports.metric_book import MetricBook
from cloudflow_lib.ports.migration_book import MigrationBook, QuarantinedSource, Refusal
from cloudflow_lib.ports.notification_book import NotificationBook
from cloudflow_lib.ports.part_ledger import PartLedger
from cloudflow_lib.ports.place_book import PlaceBook
from cloudflow_lib.ports.policy_book import PolicyBook
from cloudflow_lib.ports.recommendation_book import CostBook, RecommendationBook
from cloudflow_lib.ports.session_book import SessionBook
from cloudflow_lib.ports.user_book import UserBook

__all__ = [
    "AccessBook",
    "AlertBook",
    "Catalog",
    "FileBook",
    "FileChange",
    "FileFinder",
    "FilePage",
    "MailBook",
    "MetricBook",
    "MigrationBook",
    "NotificationBook",
    "Outbox",
    "PartLedger",
    "PlaceBook",
    "QuarantinedSource",
    "Refusal",
    "TierTotal",
]


Listener = Callable[[str, float, bool], None]
"""Gets a command's name, its seconds, and whether it failed; called on whatever thread asked."""


class FileBook(Protocol):
    """The files."""

    def file(self, file_id: str) -> CatalogFile:
        """Return it, or raise NotFoundError."""
        ...

    def files_by_id(self, file_ids: Sequence[str]) -> Sequence[CatalogFile]: ...

    def file_ids_at(self, location_id: str, keys: Sequence[str]) -> Mapping[str, str]:
        """Return key -> file id of those keys that are catalogued at this location."""
        ...

    def files_between(
        self, location_id: str, after: str | None, upto: str | None, *, limit: int | None = None
    ) -> Sequence[CatalogFile]:
        """
        Return the location's files with `after < key <= upto`, in key order; None means no bound.

        Vanished files are among them. Keys compare by their UTF-8 bytes, as listings are sorted.
        With *limit*, only the first so many.
        """
        ...

    def insert_files(self, files: Sequence[tuple[CatalogFile, Event | None]]) -> int:
        """
        Insert new files with their events, in bulk, and return how many were new; of some nobody need hear.

        One that somebody else inserted first is left as it is. A file whose id belongs to one
        that had moved away before it was first seen gets a fresh id, and so does the subject of its
        event; if the other moved later, what was seen is what moved away, and nothing is inserted.
        """
        ...

    def update_files(self, changes: Sequence[FileChange]) -> int:
        """Apply changes with their events, in bulk, each only if its file still is as expected; return how many."""
        ...

    def list_files(
        self,
        *,
        owner: str | None = None,
        location_id: str | None = None,
        tier: Tier | None = None,
        prefix: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> FilePage:
        """Return a page of present files in the order of file ids; owner None is an administrator's view."""
        ...

    def iter_files(self, location_id: str | None = None) -> Iterator[Sequence[CatalogFile]]:
        """
        Yield every present file in bounded pages, in the order of ids, without holding a cursor open across slow work.

        Those of one location cost as much as all of them: ids lie anywhere.
        """
        ...

    def files_under(
        self, location_id: str, prefix: str = "", *, owner: str | None = None, tier: Tier | None = None
    ) -> Iterator[Sequence[CatalogFile]]:
        """
        Yield the location's present files that fit, in key order and in pages; no other files are read for it.

        Pages are bounded by the signposts of the last scan.
        """
        ...

    def set_signposts(self, location_id: str, keys: Sequence[str]) -> None:
        """Note names of the location, in order, between each two of which lie about as many files as in one page."""
        ...

    def totals(self, owner: str | None = None) -> Sequence[TierTotal]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A change of one file: applied only while the file still has *expected_version* and *expected_tier*."""

    file_id: str
    expected_version: str
    expected_tier: Tier
    changed: Mapping[str, object]
    """Field of CatalogFile -> new value."""
    event: Event | None
    expected_place: tuple[str, str] | None = None
    """If given: also only while the file lies at this (location id, key) and no migration holds it."""


class Outbox(Protocol):
    """Events that wait for the broker."""

    def drain_outbox(self, publish: Callable[[Sequence[Event]], None], *, limit: int = 1000) -> int:
        """
        Publish up to *limit* waiting events, oldest first, and remove them; return how many.

        An event leaves the outbox only after *publish* returned: a crash in between repeats it. One that
        *publish* refuses for good (EventsRefusedError) stays there and is tried again later; those behind it go on.
        """
        ...

    def outbox_size(self) -> int: ...

    def announce_forgotten(self) -> int:
        """Look through everything for waiting events that no relay would find, make them found, return how many."""
        ...


class Visits(SessionBook, AnswerBook, UserBook, Protocol):
    """Who uses the platform, who is signed in, and what was answered to writes."""


class Telling(NotificationBook, MailBook, AlertBook, PolicyBook, Protocol):
    """What people are told, in the bell and by mail."""


class Money(RecommendationBook, CostBook, Protocol):
    """What things cost, and what should move."""


class Figures(MetricBook, CostDayBook, Protocol):
    """What was measured, and what each day cost."""


class Catalog(
    PlaceBook,
    FileBook,
    FileFinder,
    AccessBook,
    MigrationBook,
    IncomingBook,
    CampaignBook,
    PartLedger,
    Outbox,
    Visits,
    Telling,
    Money,
    Figures,
    Protocol,
):
    """The whole memory."""

    def prepare(self) -> None:
        """Create collections and indexes; doing it again changes nothing."""
        ...

    def ping(self) -> None:
        """Raise CatalogUnavailableError when the server does not answer."""
        ...

    def listen(self, listener: Listener) -> None:
        """Tell *listener* of each question to the server from now on; a catalogue without a server has none."""
        ...

    def close(self) -> None: ...
