"""What every part of the tree has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One part of the tree; an unknown name in it is an error, not a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")
