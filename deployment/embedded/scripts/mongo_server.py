# ruff: noqa: INP001 - started by its path, not imported from a package
"""
Become the server of the MongoDB protocol, with its own command line, and let it remember fewer answers.

It keeps the answers to the last 10,000 writes, for a driver that repeats one whose answer was lost, and walks through
all of them twice at each write: on a stack that worked for minutes, two thirds of its processor time. A driver
repeats a write as soon as it has lost its connection, so that the last thousand do.
"""

from __future__ import annotations

import sys

from secantus import transactions  # type: ignore[import-not-found]  # only in the emulators' environment
from secantus.cli import main  # type: ignore[import-not-found]  # as above

SETTING = "_RETRYABLE_RECORD_MAX"
REMEMBERED = 1000

if __name__ == "__main__":
    if not hasattr(transactions, SETTING):
        sys.exit(f"this version of the server has no {SETTING}: look how many answers it keeps, and mend this program")
    setattr(transactions, SETTING, REMEMBERED)  # it has no option for this
    sys.exit(main())
