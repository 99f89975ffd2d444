"""Who hears of the demonstration's alert, and what is said of those who do not."""

from datetime import UTC, datetime

import httpx
import pytest

from cloudflow_cli.demo.listening import Receiver, Told
from cloudflow_lib.workflows.call_webhooks import signed

RULE = "Demonstration: a disk is used at all, 12:00:00"
BOTH = [f"Alert: {RULE}", f"Over: {RULE}"]


FIRED = b'{"change":"fired"}'
NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_a_receiver_keeps_what_it_is_called_with():
    with Receiver(secret="secret") as receiver:
        answer = httpx.post(receiver.url, content=FIRED, headers=signed(FIRED, "secret", "event", NOW))

    assert 204 == answer.status_code
    assert [FIRED] == receiver.bodies
    assert 0 == receiver.unsigned


@pytest.mark.parametrize("headers", [{}, signed(FIRED, "another", "event", NOW), signed(b"{}", "secret", "event", NOW)])
def test_a_call_that_is_not_signed_for_it_is_counted(headers):
    with Receiver(secret="secret") as receiver:
        httpx.post(receiver.url, content=FIRED, headers=headers)
    told = Told(bell=BOTH, mails=[], calls=[], unsigned=receiver.unsigned)

    assert "1 calls of the webhook were not signed" in told.missing(RULE)


def test_what_everybody_heard_leaves_nothing_to_say():
    mails = [f"CloudFlow: {title}" for title in BOTH]
    told = Told(bell=BOTH, mails=mails, calls=[b'{"change":"fired"}', b'{"change":"resolved"}'])

    assert [] == told.missing(RULE)


def test_each_who_did_not_hear_is_named():
    told = Told(bell=BOTH[:1], mails=[], calls=[b'{"change":"fired"}'])

    assert [
        "the mails did not hear that the alert fired",
        "the bell did not hear that the alert resolved",
        "the mails did not hear that the alert resolved",
        "the webhook did not hear that the alert resolved",
    ] == told.missing(RULE)
