"""What keeps decisions from doing harm: numbers alone, for settings to name them without loading what decides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """What keeps a decision from doing harm."""

    least_bytes: int = 128 * 1024
    """Smaller files never move: the requests weigh more than any saving."""
    rest_days: int = 7
    """No second move within so many days, nor within the minimum days that are left."""
    bill_share: float = 0.01
    """The saving must exceed the move's cost by this part of the file's bill."""
    horizon_days: int = 365
    """No saving is counted that lies further ahead."""
