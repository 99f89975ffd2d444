"""Bounds of what moves."""

from __future__ import annotations

from cloudflow_lib.settings.sections import Section


class TransferSettings(Section):
    """Bounds of the mover."""

    part_bytes: int = 16 * 1024 * 1024
    streams_per_object: int = 4
    attempts: int = 4
    """How often one safe call is tried when a store is busy."""
