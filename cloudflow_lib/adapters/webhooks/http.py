"""Webhooks over HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from cloudflow_lib.errors import WebhookError

TIMEOUT_SECONDS = 10.0
LEAST_GOOD, LEAST_BAD = 200, 300


def post_webhook(url: str, address: str, body: bytes, headers: Mapping[str, str]) -> None:
    """`cloudflow_lib.ports.webhooks.WebhookPoster`: connect to *address*, as the host of *url*."""
    import httpx  # not every process that may call a webhook does

    asked = httpx.URL(url)
    pinned = asked.copy_with(host=address)
    try:
        with (
            httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST",
                pinned,
                content=body,
                headers={**headers, "Host": asked.netloc.decode()},
                # The certificate must be that of the host, not of the number we call.
                extensions={"sni_hostname": asked.host},
            ) as answer,
        ):
            status = answer.status_code  # of its body nothing is read: it may have no end
    except httpx.HTTPError as error:
        raise WebhookError(f"{asked.host} cannot be reached: {error or type(error).__name__}") from error
    if not LEAST_GOOD <= status < LEAST_BAD:
        raise WebhookError(f"{asked.host} answered {status}, not 2xx")
