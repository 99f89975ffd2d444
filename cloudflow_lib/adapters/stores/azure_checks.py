"""
What travels with bytes to Azure so that it refuses others than we sent.

Azure itself gets a CRC64, which costs next to nothing and which it answers. Other servers of its protocol, such as
azurite, get an MD5: they all check it, and a CRC64 takes some of them four times as long as storing the bytes.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cloudflow_lib.adapters.stores.checksums import (
    azure_crc64_of_hex,
    base64_of_hex,
    crc64nvme,
    hex_of_azure_crc64,
    hex_of_base64,
)
from cloudflow_lib.domain.objects import ChecksumKind

CRC, MD5 = ChecksumKind.CRC64NVME, ChecksumKind.MD5
Checksums = Mapping[ChecksumKind, str]

CRC64_HEADER, MD5_HEADER = "x-ms-content-crc64", "content-md5"
AZURE_HOSTS = ".blob.core."
"""Azure's public and sovereign clouds have it in the names of all their hosts."""

_digesting = threading.Lock()
"""One MD5 at a time: those of all parts in flight at once would take the processors from whoever receives them."""


def wants_md5(endpoint_url: str | None) -> bool:
    """Whether the server at *endpoint_url* only speaks Azure's protocol."""
    return endpoint_url is not None and AZURE_HOSTS not in (urlsplit(endpoint_url).hostname or "")


def checksums_to_send(data: bytes | memoryview, *, by_md5: bool, crc: str | None = None) -> dict[ChecksumKind, str]:
    """Return what we know of *data*: its CRC64NVME (*crc*, if known), and its MD5 where the server checks that."""
    known = {CRC: crc or crc64nvme(data)}
    if by_md5:
        with _digesting:
            known[MD5] = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return known


def check_headers(sent: Checksums) -> dict[str, str]:
    """Return what goes along with bytes of these checksums: Azure takes one of the two."""
    return {MD5_HEADER: base64_of_hex(sent[MD5])} if MD5 in sent else {CRC64_HEADER: azure_crc64_of_hex(sent[CRC])}


def known_of_copy(sent: Checksums, told: Checksums) -> dict[ChecksumKind, str]:
    """
    Return the checksums that the service computed over what came.

    Where what it *told* is as *sent*, the same bytes came, and the others that were sent are theirs as well.
    """
    shared = sent.keys() & told.keys()
    return {**sent, **told} if shared and all(sent[kind] == told[kind] for kind in shared) else dict(told)


def told_to_sdk(answer: Mapping[str, Any]) -> dict[ChecksumKind, str]:
    """Return the checksums in an answer of the SDK."""
    found: dict[ChecksumKind, str] = {}
    if value := answer.get("content_crc64"):
        found[CRC] = hex_of_azure_crc64(value)
    if value := answer.get("content_md5"):
        found[MD5] = bytes(value).hex()
    return found


def told_in_headers(headers: Mapping[str, str]) -> dict[ChecksumKind, str]:
    """Return the checksums in an answer as it came."""
    found: dict[ChecksumKind, str] = {}
    if value := headers.get(CRC64_HEADER):
        found[CRC] = hex_of_azure_crc64(base64.b64decode(value))
    if value := headers.get(MD5_HEADER):
        found[MD5] = hex_of_base64(value)
    return found
