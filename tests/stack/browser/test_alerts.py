"""An alert as an administrator lives it: told in the bell, on its page and by mail, when it fires and when it ends."""

import re
import time

import pytest
from playwright.sync_api import expect

from cloudflow_lib.domain.alert_rules import Channel, Signal
from cloudflow_lib.domain.notifications import NotificationQuery
from cloudflow_lib.workflows.evaluate_alerts import evaluate_alerts
from cloudflow_lib.workflows.keep_rules import change_rule, delete_rule, make_rule
from tests.stack.runs import MAIL_SECONDS

USER = "admin"


@pytest.fixture
def rule(stack, suffix):
    """A rule that no disk breaks."""
    wanted = {"signal": Signal.DISK_PERCENT, "threshold": 100.0, "channels": frozenset({Channel.IN_APP, Channel.EMAIL})}
    made = make_rule(USER, {"name": f"Room on the disk {suffix}", **wanted}, stack.services).rule
    yield made
    delete_rule(made.rule_id, USER, stack.services)


def set_limit(stack, rule, percent):
    """Change the rule as its owner does, and do now what happens once a minute."""
    change_rule(stack.services.catalog.rule(rule.rule_id), {"threshold": percent}, stack.services)
    evaluate_alerts(stack.services)


def read_bell(page, line):
    """Wait until the bell has something new, open it, and return what *line* says; then it counts as read."""
    page.get_by_role("button", name=re.compile("^Notifications, [0-9]+ unread")).click()
    bell = page.get_by_role("dialog", name="Notifications")
    entry = bell.get_by_role("listitem").filter(has_text=line)
    expect(entry).to_have_count(1)
    text = entry.inner_text()
    page.keyboard.press("Escape")
    expect(bell).to_be_hidden()
    return text


def mails_about(mailbox, rule, count):
    """Return the title and the text of the mails about *rule*, in their order, once there are *count*."""
    until = time.monotonic() + MAIL_SECONDS
    while len(found := [mail for mail in mailbox.mails() if mail["subject"].endswith(rule.name)]) < count:
        assert time.monotonic() < until, [mail["subject"] for mail in found]
        time.sleep(0.2)
    return [(mail["subject"], mail["text"]) for mail in sorted(found, key=lambda mail: mail["time"])]


def test_an_alert_is_told_once_when_it_fires_and_once_when_it_is_over(stack, open_page, rule, mailbox):
    evaluate_alerts(stack.services)
    page = open_page("alerts", user=USER)
    firing, resolved = (page.get_by_role("region", name=name, exact=True) for name in ("Firing", "Resolved"))
    expect(page.get_by_text(rule.name)).to_have_count(0)

    set_limit(stack, rule, 0.0)
    expect(firing.get_by_role("link").filter(has_text=rule.name)).to_have_count(1)
    [alert] = [one for one in stack.services.catalog.alerts(USER) if one.rule_id == rule.rule_id]
    said = f"/ is at {alert.value:,.1f} %, the limit is 0.0 %"
    assert said in read_bell(page, f"Alert: {rule.name}")

    set_limit(stack, rule, 100.0)
    expect(resolved.get_by_role("link").filter(has_text=rule.name)).to_have_count(1)
    expect(firing.get_by_text(rule.name)).to_have_count(0)
    [alert] = [one for one in stack.services.catalog.alerts(USER) if one.rule_id == rule.rule_id]
    over = f"/ is back at {alert.value:,.1f} %; it was at {alert.peak:,.1f} %, the limit is"
    assert over in read_bell(page, f"Over: {rule.name}")

    (first, text), (second, other) = mails_about(mailbox, rule, 2)
    assert (f"CloudFlow: Alert: {rule.name}", f"CloudFlow: Over: {rule.name}") == (first, second)
    assert said in text
    assert over in other
    lines = stack.services.catalog.notification_page(NotificationQuery(user=USER), limit=100).notifications
    assert 2 == sum(rule.name in line.title for line in lines)
    assert 2 == len(mails_about(mailbox, rule, 2))
