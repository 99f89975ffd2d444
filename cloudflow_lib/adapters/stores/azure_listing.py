"""
Listings of Azure, parsed many times faster than the SDK does.

The SDK spends a third of a millisecond on each blob listed. Here the blobs are taken out of a page
below the SDK, which then sees an empty page with its marker.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from threading import local
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import requests
from urllib3 import HTTPResponse

from cloudflow_lib.adapters.stores.slices import SlicingAdapter
from cloudflow_lib.domain.objects import ObjectInfo

OK = 200
DEFAULT_CLASS = "Hot"
BODY_HEADERS = {"content-length", "transfer-encoding", "content-encoding"}


class ListingAdapter(SlicingAdapter):
    """Sends requests as ever, and keeps the blobs of the page that this thread listed last."""

    def __init__(self, connections: int) -> None:
        super().__init__(connections)
        self._listed = local()

    def taken(self) -> list[ObjectInfo]:
        """Return the blobs of this thread's last page, once."""
        found: list[ObjectInfo] = getattr(self._listed, "found", [])
        self._listed.found = []
        return found

    def send(self, request: requests.PreparedRequest, *args: Any, **named: Any) -> requests.Response:  # noqa: ANN401 - as requests does
        """Send the request; from the answer to a listing, take the blobs out."""
        response = super().send(request, *args, **named)
        if request.method != "GET" or "comp=list&" not in f"{request.url}&" or response.status_code != OK:
            return response
        page = ET.fromstring(response.content)  # noqa: S314 - as the SDK parses it, from the server we trust with files
        blobs = page.find("Blobs")
        if blobs is None:
            return response
        self._listed.found = list(_infos(blobs))
        blobs.clear()
        headers = {name: value for name, value in response.headers.items() if name.lower() not in BODY_HEADERS}
        body = io.BytesIO(ET.tostring(page))
        return self.build_response(request, HTTPResponse(body, headers, response.status_code, preload_content=False))


def _infos(blobs: ET.Element) -> Iterator[ObjectInfo]:
    for blob in blobs.iterfind("Blob"):
        name, properties = blob.find("Name"), blob.find("Properties")
        if name is None or properties is None:
            continue
        key = name.text or ""
        yield ObjectInfo(
            key=unquote(key) if name.get("Encoded") == "true" else key,
            size_bytes=int(properties.findtext("Content-Length") or 0),
            version=(properties.findtext("Etag") or "").strip('"'),
            modified_at=_time(properties.findtext("Last-Modified")),
            storage_class=properties.findtext("AccessTier") or DEFAULT_CLASS,
            content_type=properties.findtext("Content-Type"),
        )


@lru_cache(maxsize=4096)
def _time(text: str | None) -> datetime:
    """Parse a time; blobs that were written together share it, and uncommitted ones have none."""
    return parsedate_to_datetime(text) if text else datetime.fromtimestamp(0, UTC)
