"""Webhooks over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from cloudflow_lib.errors import WebhookError

TIMEOUT_SECONDS = 10.0
"""For the whole call, from the connection to the status: httpx alone would wait so long for each piece of it."""
LEAST_GOOD, LEAST_BAD = 200, 300


def post_webhook(url: str, address: str, body: bytes, headers: Mapping[str, str]) -> None:
    """`cloudflow_lib.ports.webhooks.WebhookPoster`: connect to *address*, as the host of *url*."""
    import httpx  # not every process that may call a webhook does

    host = httpx.URL(url).host
    try:
        status = asyncio.run(asyncio.wait_for(_status(url, address, body, headers), TIMEOUT_SECONDS))
    except TimeoutError:
        raise WebhookError(f"{host} did not answer within {TIMEOUT_SECONDS:.0f} s") from None
    except httpx.HTTPError as error:
        raise WebhookError(f"{host} cannot be reached: {error or type(error).__name__}") from error
    if not LEAST_GOOD <= status < LEAST_BAD:
        raise WebhookError(f"{host} answered {status}, not 2xx")


async def _status(url: str, address: str, body: bytes, headers: Mapping[str, str]) -> int:
    import httpx

    asked = httpx.URL(url)
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
        client.stream(
            "POST",
            asked.copy_with(host=address),
            content=body,
            headers={**headers, "Host": asked.netloc.decode()},
            # The certificate must be that of the host, not of the number we call.
            extensions={"sni_hostname": asked.host},
        ) as answer,
    ):
        return answer.status_code  # of its body nothing is read: it may have no end
