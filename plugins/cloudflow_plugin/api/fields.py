"""What may stand in a request: each kind of text with its form and its length, so that nothing else gets through."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MOST_BYTES = 2**60
"""More than any object has, and less than a 64-bit number holds."""

NUMBER = re.compile(r"\s*[-+]?[0-9._]+(e[-+]?[0-9]+)?\s*", re.IGNORECASE)
WITHOUT_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
"""No line breaks, so that no text forges a header or a line of a log."""

FileId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""Names a file for as long as it lives, wherever it moves."""
Handle = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:+@-]{0,199}$")]
"""A name that people or the platform give to locations, credentials, runs and migrations."""
Text = Annotated[str, StringConstraints(pattern=WITHOUT_CONTROLS, max_length=256)]
Key = Annotated[str, StringConstraints(pattern=WITHOUT_CONTROLS, max_length=1024)]
ClassName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A provider's word for a storage class."""
Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]*$", max_length=4096)]


def _is_written(value: object) -> object:
    """Refuse bare numbers, which pydantic takes for seconds since 1970: the API describes a text."""
    if isinstance(value, (int, float)) or (isinstance(value, str) and NUMBER.fullmatch(value)):
        raise ValueError("a moment is written as 2026-11-23T12:00:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment lies in the years 1 to 9999 of UTC") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_is_written), AfterValidator(_in_utc)]
"""A moment as RFC 3339 writes it, in UTC from here on."""
Limit = Annotated[int, Field(ge=1, le=500)]


class Request(BaseModel):
    """Whatever comes in: an unknown name in it is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(BaseModel):
    """Whatever goes out."""

    model_config = ConfigDict(frozen=True)
