"""Large bodies of one Azure container."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from cloudflow_lib.adapters.stores.answers import CREATED, Answer, refused
from cloudflow_lib.adapters.stores.azure_codes import KINDS
from cloudflow_lib.adapters.stores.azure_signing import AzureAddress
from cloudflow_lib.adapters.stores.plain import Plain, Words, all_of
from cloudflow_lib.errors import StoreError


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
        return refused(answer, KINDS, self._bucket, key)

    def _signed(self, method: str, key: str, asked: Words, query: Words, size_bytes: int) -> tuple[str, dict[str, str]]:
        return self._address.signed(method, key, asked, size_bytes=size_bytes, query=query)
