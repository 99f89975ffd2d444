"""Which events somebody wants to hear of."""

from __future__ import annotations

from dataclasses import dataclass

from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.topics import Topic

PREFIX = "io.cloudflow."


def short_type(type_: str) -> str:
    """Return the type as people say it: `io.cloudflow.migration.advanced.v1` is `migration.advanced`."""
    name, _, version = type_.removeprefix(PREFIX).rpartition(".")
    return name if name and version[:1] == "v" and version[1:].isdigit() else type_.removeprefix(PREFIX)


def file_of(event: Event) -> str | None:
    """Return the id of the file that *event* is about, None if it is about no single file."""
    named: str | None = getattr(event.data, "file_id", None)
    return named or (event.subject if event.topic is Topic.FILES else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """What an event has to be like; whatever is left out does not matter."""

    user: str | None = None
    """Whose it is; None: everybody's, for an administrator."""
    topics: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    """Short or whole ones."""
    file_id: str | None = None

    def takes(self, event: Event) -> bool:
        """Return whether *event* is wanted."""
        return (
            self.user in (None, event.user)
            and (not self.topics or event.topic in self.topics)
            and (not self.types or not self.types.isdisjoint((event.type, short_type(event.type))))
            and (self.file_id is None or file_of(event) == self.file_id)
        )
