"""Let others on the machine go first."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

BACKGROUND_NICENESS = 10
"""As `nice` adds by itself. It takes nothing from a copy that has the machine to itself."""


def go_behind_others() -> None:
    """
    Lower the priority of the calling thread, and of no other: digesting large objects keeps processors busy for hours.

    Whoever serves people on this machine, and stores that run on it, then answer at once. Linux alone keeps a
    priority for each thread; elsewhere, and where a sandbox forbids it, nothing changes.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + BACKGROUND_NICENESS)
