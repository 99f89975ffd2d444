"""The three classes in which people think about their files."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """How often a file is used: what users see, whatever the provider calls its storage classes."""

    HOT = "hot"
    WARM = "warm"
    COLD = "cold"
