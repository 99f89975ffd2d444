"""
Tell webhooks of alerts: each call signed, tried again until it is taken, never into our own network.

The receiver checks `X-CloudFlow-Signature: t=TIME,v1=HEX`: HEX is the HMAC-SHA256 of `TIME.BODY` with the
webhook's secret. `X-CloudFlow-Event` names the event; a repetition has the same.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from cloudflow_lib.domain.alert_rules import Channel, Rule
from cloudflow_lib.domain.endpoints import host_of, require_outside
from cloudflow_lib.domain.events import AlertChanged
from cloudflow_lib.domain.mailing import wait_after
from cloudflow_lib.errors import NotFoundError, SecretError, WebhookError, WrongInputError
from cloudflow_lib.ports.alert_book import WebhookCall
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=1)
ROUND = timedelta(seconds=30)
"""What is not begun by then waits until its claim is over: a call takes seconds, and must end within its claim."""
GIVEN_UP_AFTER = timedelta(days=1)
SEALED_AS = "key"
"""What the sealed secret of a rule is called inside."""
CALLS_A_ROUND = 50
AT_ONCE = 8


def queue_calls(events: Sequence[AlertChanged], services: Services) -> None:
    """Remember whom to call about *events*; each is called once for its owner."""
    now, calls = services.clock(), []
    for event in events:
        if Channel.WEBHOOK not in event.data.channels or event.time < now - GIVEN_UP_AFTER:
            continue  # what is read again after so long is no news to anybody
        try:
            rule = services.catalog.rule(event.data.rule_id)
        except NotFoundError:
            continue  # nobody watches this any more
        if rule.owner == event.user:
            body = event.model_dump_json().encode()
            calls.append(
                WebhookCall(
                    call_id=event.id, rule_id=rule.rule_id, user=event.user, body=body, made_at=now, next_try_at=now
                )
            )
    if calls:
        services.catalog.queue_calls(calls)


def make_calls(services: Services) -> int:
    """
    Make the calls that are due, and return how many were taken; each is one try.

    Those of one person are made one after the other: whose receiver is slow holds up nobody else.
    """
    now = services.clock()
    theirs: dict[str, list[WebhookCall]] = {}
    for _ in range(CALLS_A_ROUND):
        if (call := services.catalog.claim_call(now, now + CLAIM)) is None:
            break
        theirs.setdefault(call.user, []).append(call)
    if not theirs:
        return 0
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks") as pool:
        return sum(pool.map(lambda calls: _make_all(calls, now + ROUND, services), theirs.values()))


def _make_all(calls: Sequence[WebhookCall], until: datetime, services: Services) -> int:
    taken = 0
    for call in calls:
        if (now := services.clock()) >= until:
            break
        taken += _make(call, now, services)
    return taken


def _make(call: WebhookCall, now: datetime, services: Services) -> bool:
    try:
        rule = services.catalog.rule(call.rule_id)
    except NotFoundError:
        services.catalog.end_call(call)
        return False
    try:
        send(rule, call.call_id, call.body, services)
    except (WebhookError, WrongInputError, SecretError) as error:
        log.warning("webhooks.not_taken call=%s attempt=%d error=%s", call.call_id, call.attempts, error)
        if now - call.made_at > GIVEN_UP_AFTER:
            services.catalog.end_call(call)
        else:
            services.catalog.try_call_later(call, now + wait_after(call.attempts), str(error))
        return False
    services.catalog.end_call(call)
    return True


def send(rule: Rule, event_id: str, body: bytes, services: Services) -> None:
    """
    Make one call of *rule*'s webhook.

    Raises:
        WebhookError: Nobody took it.
        WrongInputError: Its address leads into our own network by now: names change hands.
        SecretError: Its secret cannot be opened.
    """
    if not rule.webhook_url or services.post_webhook is None or services.keyring is None:
        raise WebhookError("this process makes no calls, or the rule has no address")
    address = allowed_address(rule.webhook_url, services)
    secret = services.keyring.open(rule.webhook_secret, bound_to=rule.rule_id)[SEALED_AS]
    services.post_webhook(rule.webhook_url, address, body, signed(body, secret, event_id, services.clock()))


def allowed_address(url: str, services: Services) -> str:
    """Return the number behind *url* that may be called, or raise WrongInputError."""
    addresses = services.resolve(*host_of(url))
    require_outside(addresses, services.allowed_networks)
    return addresses[0]


def signed(body: bytes, secret: str, event_id: str, now: datetime) -> Mapping[str, str]:
    """Return the headers that prove who calls, and when."""
    seconds = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/cloudevents+json",
        "User-Agent": "CloudFlow",
        "X-CloudFlow-Event": event_id,
        "X-CloudFlow-Signature": f"t={seconds},v1={digest}",
    }
