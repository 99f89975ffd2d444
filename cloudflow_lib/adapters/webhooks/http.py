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
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            answer = client.post(
                pinned,
                content=body,
                headers={**headers, "Host": asked.netloc.decode()},
                # The certificate must be that of the host, not of the number we call.
                extensions={"sni_hostname": asked.host},
            )
    except httpx.HTTPError as error:
        raise WebhookError(f"{asked.host} cannot be reached: {error or type(error).__name__}") from error
    if not LEAST_GOOD <= answer.status_code < LEAST_BAD:
        raise WebhookError(f"{asked.host} answered {answer.status_code}, not 2xx")
