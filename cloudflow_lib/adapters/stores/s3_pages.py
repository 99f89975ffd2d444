"""Listings of S3 without its SDK: signed and sent in a few lines, where loading half a second of it would not pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import quote

from cloudflow_lib.adapters.stores.s3_listing import parse_page
from cloudflow_lib.adapters.stores.s3_signing import S3Address
from cloudflow_lib.domain.objects import ObjectInfo

OK = 200
PAGE_SIZE = 1000


class PlainPages:
    """The pages of one bucket."""

    def __init__(self, address: S3Address) -> None:
        self._address = address

    def list_pages(self, prefix: str, *, after: str | None) -> Iterator[Sequence[ObjectInfo]]:
        """As `ObjectLister.list_pages`; any answer but a page raises OSError, HTTPException or ValueError."""
        connect = HTTPConnection if self._address.origin.startswith("http:") else HTTPSConnection
        connection = connect(self._address.host, timeout=60)
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
        path = self._address.path
        connection.request("GET", f"{path}?{query}", headers=self._address.signed(path, query))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != OK:
            raise ConnectionError(f"HTTP {answer.status}")
        return body
