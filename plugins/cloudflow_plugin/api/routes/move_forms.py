"""What people ask for when files should move: which, and where to."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from cloudflow_lib.domain.campaigns import MOST_FILES
from cloudflow_lib.domain.tiers import Tier
from cloudflow_plugin.api.fields import MOST_BYTES, ClassName, FileId, Handle, Key, Request

MOST_IDS = 2000


class MoveFilter(Request):
    """Which files, by where they lie."""

    location_id: Handle = Field(examples=["s3-main"])
    prefix: Key = ""
    include: list[Key] = Field(
        default_factory=list, max_length=50, description="Only names that match one of these.", examples=[["*.parquet"]]
    )
    exclude: list[Key] = Field(default_factory=list, max_length=50, description="No name that matches one of these.")
    tier: Tier | None = None

    def as_wish(self) -> dict[str, object]:
        """Return it as fields of the workflow's `MoveRequest`."""
        return {
            "source_location": self.location_id,
            "prefix": self.prefix,
            "include": self.include,
            "exclude": self.exclude,
            "source_tier": self.tier,
        }


class Target(Request):
    """Where to, and as what."""

    location_id: Handle | None = Field(None, description="Where to; null: another class where they lie.")
    tier: Tier | None = Field(None, description="As what; null: each file's own class.")
    storage_class: ClassName | None = Field(None, description="The provider's own word; goes before `tier`.")
    destination_prefix: Key = Field("", description="Put in front of each name at another location.")
    quarantine_days: float = Field(
        7.0, ge=0, le=365, description="How long the source stays to roll back to; 0: not at all."
    )

    def as_wish(self) -> dict[str, object]:
        """Return it as fields of the workflow's `MoveRequest`."""
        return {
            "destination_location": self.location_id,
            "destination_prefix": self.destination_prefix,
            "destination_tier": self.tier,
            "storage_class": self.storage_class,
            "quarantine_days": self.quarantine_days,
        }


class MoveBody(Target):
    """Which files go where: either `file_ids` or `filter`."""

    file_ids: list[FileId] = Field(default_factory=list, max_length=MOST_IDS)
    filter: MoveFilter | None = None

    @model_validator(mode="after")
    def _is_either(self) -> Self:
        if bool(self.file_ids) == (self.filter is not None):
            raise ValueError("say either file_ids or filter")
        if len(set(self.file_ids)) != len(self.file_ids):
            raise ValueError("file_ids names a file twice")
        return self

    def as_wish(self) -> dict[str, object]:
        """Return it as the fields of the workflow's `MoveRequest`."""
        return {**(self.filter.as_wish() if self.filter else {}), **super().as_wish()}


class CampaignBody(Target):
    """Which files go to which other location, and how many at most."""

    filter: MoveFilter
    location_id: Handle = Field(description="Where to: another location.", examples=["azure-archive"])
    max_files: int = Field(100_000, ge=1, le=MOST_FILES, description="What fits the filter beyond it is left out.")
    max_bytes: int | None = Field(None, ge=1, le=MOST_BYTES, description="Together; null: no limit.")

    def as_wish(self) -> dict[str, object]:
        """Return it as the fields of the workflow's `CampaignRequest`."""
        caps = {"max_files": self.max_files, "max_bytes": self.max_bytes}
        return {**self.filter.as_wish(), **super().as_wish(), **caps}
