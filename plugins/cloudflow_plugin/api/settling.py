"""
What the API's process has loaded for good, the garbage collector leaves alone.

Airflow's modules, routes and models are more than a million objects. A full collection walks through all of them, about
once a minute under load, and everybody waits for a second meanwhile.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Sequence

AFTER_SECONDS = (15.0, 45.0, 240.0)
"""From one time to the next: Airflow builds much of itself at the first requests."""


def settle(after: Sequence[float] = AFTER_SECONDS) -> threading.Thread:
    """Freeze what is there after so many seconds, and again; it counts for the whole process, so begin it once."""
    thread = threading.Thread(target=_settle, args=(after,), name="settling", daemon=True)
    thread.start()
    return thread


def _settle(after: Sequence[float]) -> None:
    for seconds in after:
        time.sleep(seconds)
        gc.collect()  # what is garbage by now would be kept for ever
        gc.freeze()
