# ruff: noqa: INP001 - started by its path, not imported from a package
"""
Become Airflow's scheduler, after ending the idle workers that a killed one left behind.

They would wait for ever. One that still runs a task is left alone: the task ends and reports by itself.
"""

from __future__ import annotations

import os
import sys

from cloudflow_cli.stack.layout import current_layout
from cloudflow_cli.stack.leftovers import end_idle_workers


def main() -> None:
    """Do what the module's first line says."""
    end_idle_workers(current_layout())
    arguments = [sys.executable, "-m", "airflow", "scheduler", "--skip-serve-logs"]
    os.execv(sys.executable, arguments)  # noqa: S606 - a fixed command line


if __name__ == "__main__":
    main()
