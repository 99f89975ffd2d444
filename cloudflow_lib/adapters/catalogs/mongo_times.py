"""How long each command to MongoDB took."""

from __future__ import annotations

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from cloudflow_lib.domain.sketches import MICROS
from cloudflow_lib.ports.catalogs import Listener


class CommandTimes(CommandListener):
    """Passes each command's time on to whoever listens; before that, nothing is kept."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Pass every command on from now on."""
        self._listeners.append(listener)

    def started(self, event: CommandStartedEvent) -> None:
        """Wait for its end."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._pass_on(event.command_name, event.duration_micros, failed=False)

    def failed(self, event: CommandFailedEvent) -> None:
        self._pass_on(event.command_name, event.duration_micros, failed=True)

    def _pass_on(self, name: str, micros: int, *, failed: bool) -> None:
        for listener in self._listeners:
            listener(name, micros / MICROS, failed)
