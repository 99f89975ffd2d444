"""Listings of S3 without its SDK: signed and sent in a few lines, where loading half a second of it would not pay."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import quote, urlsplit

from cloudflow_lib.adapters.stores.obstore_reads import USER_AGENT
from cloudflow_lib.adapters.stores.s3_listing import parse_page
from cloudflow_lib.domain.objects import ObjectInfo

OK = 200
PAGE_SIZE = 1000
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Keys:
    """What signs requests."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class PlainPages:
    """The pages of one bucket."""

    def __init__(self, bucket: str, endpoint_url: str | None, region: str, keys: S3Keys) -> None:
        address = urlsplit(endpoint_url or f"https://s3.{region}.amazonaws.com")
        self._is_plain = address.scheme == "http"
        self._host = address.netloc
        self._path = f"{address.path.rstrip('/')}/{quote(bucket)}"
        self._region = region
        self._keys = keys

    def list_pages(self, prefix: str, *, after: str | None) -> Iterator[Sequence[ObjectInfo]]:
        """As `ObjectLister.list_pages`; any answer but a page raises OSError or ValueError."""
        connect = HTTPConnection if self._is_plain else HTTPSConnection
        connection = connect(self._host, timeout=60)
        asked = {"list-type": "2", "prefix": prefix, "max-keys": str(PAGE_SIZE), "encoding-type": "url"}
        if after is not None:
            asked["start-after"] = after
        try:
            while True:
                page, token = parse_page(self._ask(connection, asked))
                if page:
                    yield page
                if token is None:
                    return
                asked = {name: value for name, value in asked.items() if name != "start-after"}
                asked["continuation-token"] = token
        finally:
            connection.close()

    def _ask(self, connection: HTTPConnection, asked: dict[str, str]) -> bytes:
        query = "&".join(f"{quote(name, safe='')}={quote(asked[name], safe='')}" for name in sorted(asked))
        connection.request("GET", f"{self._path}?{query}", headers=self._signed(query, datetime.now(UTC)))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != OK:
            raise ConnectionError(f"HTTP {answer.status}")
        return body

    def _signed(self, query: str, now: datetime) -> dict[str, str]:
        """Return the headers with a signature of version 4."""
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        headers = {"host": self._host, "x-amz-content-sha256": EMPTY_SHA256, "x-amz-date": stamp}
        if self._keys.session_token:
            headers["x-amz-security-token"] = self._keys.session_token
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        request = f"GET\n{self._path}\n{query}\n{lines}\n{names}\n{EMPTY_SHA256}"
        scope = f"{day}/{self._region}/s3/aws4_request"
        to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{self._keys.secret_access_key}".encode()
        for word in (day, self._region, "s3", "aws4_request"):
            key = hmac.digest(key, word.encode(), "sha256")
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        credential = f"Credential={self._keys.access_key_id}/{scope}"
        headers["authorization"] = f"{ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"
        return headers | {"user-agent": USER_AGENT}
