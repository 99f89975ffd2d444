"""Bodies of SDKs on `requests`, sent slice by slice as plain connections send theirs."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from cloudflow_lib.adapters.stores.plain import Slices


class SlicingAdapter(HTTPAdapter):
    """Sends requests as ever, but bodies in slices: below the session, which may send one again after a 401."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=connections, pool_maxsize=connections)

    def send(self, request: requests.PreparedRequest, *args: Any, **named: Any) -> requests.Response:  # noqa: ANN401 - as requests does
        """Send the request, whose headers tell how long its body is."""
        if isinstance(request.body, bytes | memoryview):
            request.body = Slices(request.body)  # type: ignore[assignment] # any iterable is sent so
        return super().send(request, *args, **named)
