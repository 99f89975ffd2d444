"""Large bodies of one Azure container."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from cloudflow_lib.adapters.stores.answers import CREATED, Answer
from cloudflow_lib.adapters.stores.azure_codes import KINDS
from cloudflow_lib.adapters.stores.azure_signing import AzureAddress
from cloudflow_lib.adapters.stores.plain import Plain, Words, all_of
from cloudflow_lib.adapters.stores.refusals import kind_of_status, refusal, seconds_to_wait
from cloudflow_lib.errors import StoreError

CODE = re.compile(r"<Code>(\w+)</Code>")


class AzurePlain(Plain):
    """Requests of one container."""

    def __init__(self, container: str, address: AzureAddress, *, proxy: str | None = None) -> None:
        super().__init__(container, address.origin, proxy=proxy)
        self._address = address

    def stage_block(self, key: str, block_id: str, data: bytes | memoryview, checks: Words) -> Mapping[str, str]:
        """
        Send one block, and return the headers of the answer.

        Raises:
            StoreError: The store refused it, or did not answer.
        """
        query = {"comp": "block", "blockid": base64.b64encode(block_id.encode()).decode()}
        answer = self.send("PUT", key, checks, data, all_of, query)
        if answer.status != CREATED:
            raise self.refused(answer, key)
        return answer.headers

    def refused(self, answer: Answer, key: str) -> StoreError:
        return refused(answer, self._bucket, key)

    def _signed(self, method: str, key: str, asked: Words, query: Words, size_bytes: int) -> tuple[str, dict[str, str]]:
        return self._address.signed(method, key, asked, size_bytes=size_bytes, query=query)


def refused(answer: Answer, container: str, key: str) -> StoreError:
    """Return what Azure's refusal means."""
    found = CODE.search(answer.text())
    code = answer.headers.get("x-ms-error-code") or (found.group(1) if found else "")
    kind = KINDS.get(code) or kind_of_status(answer.status)
    wait = seconds_to_wait(answer.headers.get("retry-after"))
    return refusal(kind, container, key, code or f"HTTP {answer.status}", retry_after=wait)
