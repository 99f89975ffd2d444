"""
Signatures of Azure's Shared Key in a few lines, for requests that no SDK sends.

As https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key says under "Blob, Queue, and File
Services (Shared Key authorization)".
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import quote, urlencode, urlsplit

from cloudflow_lib.adapters.stores.obstore_clients import malformed
from cloudflow_lib.adapters.stores.obstore_reads import USER_AGENT

API_VERSION = "2023-11-03"
SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)
"""Those beside `x-ms-`, in the order in which they are signed; one that is not sent leaves its line empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureAddress:
    """One container as a path of its server, and what signs requests to it."""

    origin: str
    """Scheme and host."""
    path: str
    account: str
    key: bytes = field(repr=False)
    sas: str | None = field(repr=False)
    """Without the question mark; it goes before the key."""

    @classmethod
    def of(
        cls, container: str, account: str, *, account_key: str | None, sas: str | None, endpoint_url: str | None
    ) -> AzureAddress:
        """
        Return the address of *container*; without an endpoint, at Azure.

        Raises:
            AccessDeniedError: The key is none.
        """
        address = urlsplit((endpoint_url or f"https://{account}.blob.core.windows.net").rstrip("/"))
        try:
            key = base64.b64decode(account_key or "", validate=True)
        except ValueError as error:
            raise malformed(container, "account key or SAS") from error
        return cls(
            origin=f"{address.scheme}://{address.netloc}",
            path=f"{address.path}/{quote(container)}",
            account=account,
            key=key,
            sas=sas.lstrip("?") if sas else None,
        )

    def signed(
        self,
        method: str,
        key: str,
        more: Mapping[str, str],
        *,
        size_bytes: int,
        query: Mapping[str, str] | None = None,
    ) -> tuple[str, dict[str, str]]:
        """
        Return the target of a request about the blob *key*, encoded, and its headers.

        *more* are headers in small letters that are signed too; *size_bytes* is how long the body is.
        """
        path = f"{self.path}/{quote(key, safe='/~')}"
        words = urlencode(query or {}, quote_via=quote, safe="~")
        headers = {
            **more,
            "content-length": str(size_bytes),
            "x-ms-date": formatdate(usegmt=True),
            "x-ms-version": API_VERSION,
        }
        if self.sas:
            words = f"{words}&{self.sas}" if words else self.sas
        else:
            headers["authorization"] = self._authorization(method, path, headers, query or {})
        return f"{path}?{words}" if words else path, headers | {"user-agent": USER_AGENT}

    def _authorization(self, method: str, path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
        said = {**headers, "content-length": headers["content-length"].removeprefix("0")}  # nothing for no body
        lines = [method, *(said.get(name, "") for name in SIGNED_HEADERS)]
        lines += [f"{name}:{headers[name]}" for name in sorted(headers, key=_place) if name.startswith("x-ms-")]
        lines += [f"/{self.account}{path}", *(f"{name}:{query[name]}" for name in sorted(query))]
        signature = base64.b64encode(hmac.digest(self.key, "\n".join(lines).encode(), "sha256")).decode()
        return f"SharedKey {self.account}:{signature}"


def _place(name: str) -> str:
    """Return what Azure sorts a header by: not by ASCII, where digits come before an underscore."""
    return name.replace("-", "").replace("_", " ")
