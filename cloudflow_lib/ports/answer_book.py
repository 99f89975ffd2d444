"""What we ask of the catalogue about writes that may be sent twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import uuid4

OTHER_REQUEST = "this Idempotency-Key was used for another request; choose a new one"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered to a write."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    content: str | None = None
    """The digest of the file that came with it; None where none did, or it was not read."""
    is_sealed: bool = False
    """Its body is the envelope of one with a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClaim:
    """One try of a write: under which key it is done, what tells it from other requests, and who does it."""

    key: str
    digest: str
    holder: str = field(default_factory=lambda: uuid4().hex)


class AnswerBook(Protocol):
    """Remember answers under the key that the sender of a write chose for it."""

    def claim_answer(self, claim: AnswerClaim, *, until: datetime) -> KeptAnswer | None:
        """
        Claim a key for one request: None means do it now, an answer means it was done.

        A claim ends at *until*, so that one whose process died does not block its key for ever. Who lost it
        to another holder by then changes nothing any more.

        Raises:
            WrongInputError: The key was used for another request.
            LostRaceError: The same request is being worked on right now.
        """
        ...

    def renew_claim(self, claim: AnswerClaim, *, until: datetime) -> None:
        """Let a claim end at *until* only; without effect once it was answered or given up."""
        ...

    def keep_answer(self, claim: AnswerClaim, answer: KeptAnswer, *, until: datetime) -> None:
        """Note what was answered to the request of *claim*; it is forgotten at *until*."""
        ...

    def release_answer(self, claim: AnswerClaim) -> None:
        """Give up a claim: the request may be sent again. An answer that was kept stays."""
        ...
