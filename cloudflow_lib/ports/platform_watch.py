"""What we ask of the platform's own machine and event bus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class PlatformWatch(Protocol):
    """Tell how full and how far behind the platform is."""

    def waiting_events(self) -> Mapping[str, int]:
        """
        Return for each of those who act on events how many wait for it.

        Raises:
            PublishError: The broker does not answer.
        """
        ...

    def full_disks(self) -> Mapping[str, float]:
        """Return for each disk that we watch how full it is, in percent; those that cannot be asked are left out."""
        ...
