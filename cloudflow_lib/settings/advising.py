"""Prices, and how recommendations are made."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from cloudflow_lib.domain.guards import Guards
from cloudflow_lib.settings.sections import Section

PROVIDER_BOOKS = {"s3": "aws", "azure": "azure", "gcs": "gcs"}


class PriceSettings(Section):
    """What is paid where: names of shipped price books (`aws`, `azure`, `gcs`), or TOML files of own ones."""

    providers: dict[str, str] = Field(default_factory=lambda: dict(PROVIDER_BOOKS))
    """Provider -> price book."""
    locations: dict[str, str] = Field(default_factory=dict)
    """Location -> price book, where it is not that of its provider; an empty text: no prices are known."""
    overrides: Path | None = None
    """A TOML file of own discounts and prices."""


class AdviceSettings(Section):
    """What keeps recommendations from doing harm, and how much one request may apply."""

    least_bytes: int = Field(default=128 * 1024, ge=0)
    """Smaller files never move."""
    rest_days: int = Field(default=7, ge=0)
    """No second move of a file within so many days."""
    bill_share: float = Field(default=0.01, ge=0)
    """A saving must exceed its cost by this part of the file's bill."""
    horizon_days: int = Field(default=365, ge=1)
    destinations: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Location -> other locations that its files may be recommended to; a class in place always may be."""
    most_files: int = Field(default=1000, ge=1)
    """Applied by one request."""
    most_gib: int = Field(default=1024, ge=1)
    """Applied by one request."""

    def guards(self) -> Guards:
        """Return them as the domain's value."""
        return Guards(
            least_bytes=self.least_bytes,
            rest_days=self.rest_days,
            bill_share=self.bill_share,
            horizon_days=self.horizon_days,
        )
