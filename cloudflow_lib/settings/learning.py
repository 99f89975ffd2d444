"""How is learned."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from cloudflow_lib.settings.sections import Section


class LearningSettings(Section):
    """What models are learnt from, and where they are kept."""

    folder: Path = Path("learning")
    """The last champion, data that did not pass, and Data Docs."""
    days: int = Field(default=365, ge=30)
    """How far back is looked."""
    quick: bool = False
    """Train small and in seconds, for demonstrations."""
    price_book: str = "aws"
    """With whose prices models are judged."""

    @property
    def champion(self) -> Path:
        """Where the last champion lies."""
        return self.folder / "champion"
