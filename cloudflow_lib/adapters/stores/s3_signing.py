"""Signatures of version 4 in a few lines, for the requests where loading half a second of SDK would not pay."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from cloudflow_lib.adapters.stores.obstore_reads import USER_AGENT

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Keys:
    """What signs requests."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class S3Address:
    """One bucket as a path of its server, and what signs requests to it."""

    origin: str
    """Scheme and host."""
    path: str
    region: str
    keys: S3Keys

    @classmethod
    def of(cls, bucket: str, endpoint_url: str | None, region: str, keys: S3Keys) -> S3Address:
        """Return the address of *bucket*; without an endpoint, at Amazon."""
        address = urlsplit(endpoint_url or f"https://s3.{region}.amazonaws.com")
        origin = f"{address.scheme}://{address.netloc}"
        return cls(origin, f"{address.path.rstrip('/')}/{quote(bucket)}", region, keys)

    @property
    def host(self) -> str:
        """The host with its port."""
        return urlsplit(self.origin).netloc

    def signed(
        self,
        path: str,
        query: str,
        now: datetime | None = None,
        *,
        method: str = "GET",
        more: Mapping[str, str] | None = None,
        payload: str = EMPTY_SHA256,
    ) -> dict[str, str]:
        """
        Return the headers of a request; *path* and *query* encoded, its words in their order.

        *more* are headers in small letters that are signed too; *payload* is the body's SHA-256, or `UNSIGNED`.
        """
        now = now or datetime.now(UTC)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        headers = {"host": self.host, "x-amz-content-sha256": payload, "x-amz-date": stamp, **(more or {})}
        if self.keys.session_token:
            headers["x-amz-security-token"] = self.keys.session_token
        names = ";".join(sorted(headers))
        # Of several spaces one is signed: so says the rule for canonical headers.
        lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in sorted(headers))
        request = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}"
        scope = f"{day}/{self.region}/s3/aws4_request"
        to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{self.keys.secret_access_key}".encode()
        for word in (day, self.region, "s3", "aws4_request"):
            key = hmac.digest(key, word.encode(), "sha256")
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        credential = f"Credential={self.keys.access_key_id}/{scope}"
        headers["authorization"] = f"{ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"
        return headers | {"user-agent": USER_AGENT}
