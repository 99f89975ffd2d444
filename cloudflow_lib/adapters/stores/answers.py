"""What a store answers to a plain request, whatever library sent it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cloudflow_lib.adapters.stores.refusals import kind_of_status, refusal, seconds_to_wait
from cloudflow_lib.errors import StoreError, StoreUnavailableError

OK, CREATED = 200, 201
"""What S3 and Google say when a request worked, and what Azure says when a blob was written."""
LONGEST_TEXT = 4096
"""How much of a refusal is read: its code stands at its beginning."""
CODE = re.compile(r"<Code>(\w+)</Code>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the store said; for a refusal the data is its text."""

    status: int
    headers: Mapping[str, str]
    """Their names in small letters, or whatever their case."""
    data: memoryview

    def text(self) -> str:
        """Return the beginning of the data as text."""
        return bytes(self.data[:LONGEST_TEXT]).decode(errors="replace")


def unanswered(error: Exception, bucket: str, key: str) -> StoreError:
    """Return our error for a request that got no answer, or half of one."""
    detail = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return refusal(StoreUnavailableError, bucket, key, detail)


def refused(answer: Answer, kinds: Mapping[str, type[StoreError]], bucket: str, key: str) -> StoreError:
    """Return our error for a refusal in XML, or in Azure's header; *kinds* says what its codes mean."""
    found = CODE.search(answer.text())
    code = answer.headers.get("x-ms-error-code") or (found.group(1) if found else f"HTTP {answer.status}")
    kind = kinds.get(code) or kind_of_status(answer.status)
    wait = seconds_to_wait(answer.headers.get("retry-after"))
    return refusal(kind, bucket, key, code, retry_after=wait)
