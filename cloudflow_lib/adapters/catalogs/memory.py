"""The catalogue in memory: for tests and trials, with every promise of the real one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cloudflow_lib.adapters.catalogs.memory_access import MemoryAccess
from cloudflow_lib.adapters.catalogs.memory_alerts import MemoryAlerts
from cloudflow_lib.adapters.catalogs.memory_answers import MemoryAnswers
from cloudflow_lib.adapters.catalogs.memory_campaigns import MemoryCampaigns
from cloudflow_lib.adapters.catalogs.memory_cost_days import MemoryCostDays
from cloudflow_lib.adapters.catalogs.memory_files import MemoryFiles
from cloudflow_lib.adapters.catalogs.memory_incoming import MemoryIncoming
from cloudflow_lib.adapters.catalogs.memory_mail import MemoryMail
from cloudflow_lib.adapters.catalogs.memory_metrics import MemoryMetrics
from cloudflow_lib.adapters.catalogs.memory_notifications import MemoryNotifications
from cloudflow_lib.adapters.catalogs.memory_places import MemoryPlaces
from cloudflow_lib.adapters.catalogs.memory_policies import MemoryPolicies
from cloudflow_lib.adapters.catalogs.memory_recommendations import MemoryRecommendations
from cloudflow_lib.adapters.catalogs.memory_sessions import MemorySessions
from cloudflow_lib.adapters.catalogs.memory_uploads import MemoryUploads
from cloudflow_lib.adapters.catalogs.memory_users import MemoryUsers
from cloudflow_lib.domain.events import Event
from cloudflow_lib.errors import EventsRefusedError
from cloudflow_lib.ports.catalogs import Listener


class MemoryCatalog(
    MemoryPlaces,
    MemoryFiles,
    MemoryAccess,
    MemoryCampaigns,
    MemoryUploads,
    MemoryIncoming,
    MemoryAnswers,
    MemorySessions,
    MemoryNotifications,
    MemoryMetrics,
    MemoryCostDays,
    MemoryUsers,
    MemoryMail,
    MemoryRecommendations,
    MemoryAlerts,
    MemoryPolicies,
):
    """The whole memory, gone with the process."""

    def __init__(self) -> None:
        super().__init__()
        self._refused: set[str] = set()
        """Ids of events that no broker takes; a process does not live long enough to try them again."""

    def prepare(self) -> None:
        """Nothing to create."""

    def ping(self) -> None:
        """Memory always answers."""

    def listen(self, listener: Listener) -> None:
        """Nothing to tell: no server is asked."""

    def close(self) -> None:
        """Nothing to give back."""

    def drain_outbox(self, publish: Callable[[Sequence[Event]], None], *, limit: int = 1000) -> int:
        while waiting := self._fresh(limit):
            published = {event.id for event in waiting}
            try:
                publish(waiting)
            except EventsRefusedError as error:
                self._refused |= error.reasons.keys()
                published -= self._refused
            with self._lock:
                self._outbox = [event for event in self._outbox if event.id not in published]
            if published:
                return len(published)
        return 0

    def _fresh(self, limit: int) -> list[Event]:
        with self._lock:
            return [event for event in self._outbox if event.id not in self._refused][:limit]

    def outbox_size(self) -> int:
        with self._lock:
            return len(self._outbox)

    def announce_forgotten(self) -> int:
        return 0
