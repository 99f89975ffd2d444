"""
Raw HTTP, for what obstore does not tell: mostly writes whose answer proves them.

Azure and Google compute checksums of what they receive and say so in the answer to the write. obstore keeps
answers to itself, and the SDKs take five times the CPU time, which a hundred writes at once do not have.

The library is loaded by the first request: a copy between S3 stores without tags sends none, and loading it takes
longer than copying a hundred small objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from cloudflow_lib.adapters.stores.answers import Answer, unanswered
from cloudflow_lib.adapters.stores.obstore_reads import USER_AGENT

if TYPE_CHECKING:
    import aiohttp


class Requests:
    """One pool of connections; opened by the first write, in its event loop."""

    def __init__(self, bucket: str, connections: int) -> None:
        self._bucket = bucket
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._proxy: str | None = None

    async def send(
        self, method: str, url: str, key: str, headers: Mapping[str, str], data: bytes | memoryview = b""
    ) -> Answer:
        """
        Send one request and return its answer, whatever it is.

        Raises:
            StoreUnavailableError: There was none.
        """
        import aiohttp
        from yarl import URL

        if self._session is None:
            self._proxy = _proxy(url)  # once: all requests go to the bucket's host
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=60),
                headers={"user-agent": USER_AGENT},
                skip_auto_headers=["accept-encoding"],
            )
        try:
            address = URL(url, encoded=True)
            async with self._session.request(method, address, headers=headers, data=data, proxy=self._proxy) as answer:
                body = memoryview(await answer.read())
                return Answer(status=answer.status, headers=answer.headers, data=body)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise unanswered(error, self._bucket, key) from error

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _proxy(url: str) -> str | None:
    """Return the proxy that the environment names for *url*; the library would read a netrc file as well."""
    address = urlsplit(url)
    proxies = getproxies()
    return proxies.get(address.scheme) if proxies and not proxy_bypass(address.netloc) else None
