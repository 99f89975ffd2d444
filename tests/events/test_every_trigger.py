"""Each trigger of alerts, from what set it off to every place where people hear of it, over a real broker."""

from __future__ import annotations

import ipaddress
import threading
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks._catcher import Catcher, caught
from cloudflow_lib.adapters.mail.smtp import SmtpMailer
from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher
from cloudflow_lib.adapters.publishers.kafka_tail import tail
from cloudflow_lib.adapters.webhooks.http import post_webhook
from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.alert_rules import Channel, Comparison, Signal
from cloudflow_lib.domain.cost_days import CostDay, CostLine, MeterCharge
from cloudflow_lib.domain.default_rules import default_rules
from cloudflow_lib.domain.events import AlertChanged, AnomalyData
from cloudflow_lib.domain.notifications import NotificationKind, NotificationQuery
from cloudflow_lib.domain.performance import API, MIGRATE, Page, Series, bucket_start
from cloudflow_lib.domain.prices import Meter, Part
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.ports.recommendation_book import ClassCost
from cloudflow_lib.settings import SmtpSettings
from cloudflow_lib.workflows import call_webhooks
from cloudflow_lib.workflows.call_webhooks import signed
from cloudflow_lib.workflows.evaluate_alerts import evaluate_alerts
from cloudflow_lib.workflows.keep_rules import make_rule
from cloudflow_lib.workflows.raise_alarm import alarm_anomaly
from cloudflow_lib.workflows.relay_events import relay_once
from cloudflow_lib.workflows.tell_people import BellHandler, MailHandler, WebhookHandler
from ml.forecast.costs import ahead
from tests.alerts.conftest import Desk, desk
from tests.catalog.examples import a_file, fill

pytestmark = pytest.mark.servers

__all__ = ["desk"]

WHO = "team-docs"
GIB = 1 << 30
TODAY = datetime.now(UTC).replace(hour=12, minute=30, second=0, microsecond=0)
MONTH = monthrange(TODAY.year, TODAY.month)[1]


@dataclass(frozen=True)
class Trigger:
    """What sets a rule off, what ends it, and what people read then."""

    rule: dict
    high: Callable
    low: Callable
    fired: str
    over: str
    owner: str = WHO


def costs(usd):
    def act(desk):
        cost = ClassCost(location_id="s3-main", owner=WHO, tier=Tier.HOT, storage_class="STANDARD", files=1,
                         size_bytes=1, storage_usd=usd, use_usd=0.0, priced_at=desk.now)  # fmt: skip
        desk.catalog.save_costs([cost])
        desk.later(hours=1)

    return act


def days_cost(usd, *, count=60, until=1, prefix="reports/", size_bytes=0):
    """Let each of *count* days, up to so many days before now, cost so much."""

    def act(desk):
        desk.later(hours=1)
        nanodollars = round(usd * 1e9)
        charge = MeterCharge(Part.STORAGE, "STANDARD", Meter.STORAGE, "", 1, nanodollars)
        line = CostLine(location_id="s3-main", tier=Tier.HOT, storage_class="STANDARD", prefix=prefix, files=1,
                        size_bytes=size_bytes, charges=(charge,))  # fmt: skip
        for back in range(until, until + count):
            day = (desk.now - timedelta(days=back)).date()
            desk.catalog.put_cost_day(CostDay(owner=WHO, day=day, worked_out_at=desk.now, lines=(line,)), None)

    return act


def costs_jump(desk):
    days_cost(1.0, count=60, until=8)(desk)
    days_cost(2.0, count=7)(desk)


def stored(size_bytes):
    def act(desk):
        file = a_file("big", size_bytes=size_bytes)
        if known := desk.catalog.files_by_id([file.file_id]):
            desk.catalog._files[file.file_id] = replace(known[0], size_bytes=size_bytes)
        else:
            fill(desk.catalog, file)
        desk.later(hours=1)

    return act


def moves(*, good, bad=0, seconds=2.0, hours=2):
    def act(desk):
        desk.later(hours=hours)
        page = Page(start=bucket_start(desk.now))
        for number in range(good + bad):
            page.add(WHO, Series(MIGRATE, "a > b", "under 1 MiB"), seconds, size_bytes=1, failed=number < bad)
        desk.catalog.save_metric_page(page)

    return act


def moves_become_slow(desk):
    for _ in range(30):
        moves(good=1, seconds=2.0)(desk)
        evaluate_alerts(desk.services)
    moves(good=1, seconds=30.0)(desk)


def requests(seconds):
    def act(desk):
        desk.later(hours=2)
        page = Page(start=bucket_start(desk.now))
        for _ in range(10):
            page.add("", Series(f"{API} GET /files", "", ""), seconds)
        desk.catalog.save_metric_page(page)

    return act


def platform(**values):
    def act(desk):
        desk.later(minutes=1)
        desk.platform.disks = values.get("disks", desk.platform.disks)
        desk.platform.lags = values.get("lags", desk.platform.lags)

    return act


def reads(number):
    def act(desk):
        file = a_file("reports/a.csv")
        if not desk.catalog.files_by_id([file.file_id]):
            fill(desk.catalog, file)
        desk.later(days=2)
        rollup = DayRollup(file_id=file.file_id, day=desk.now.date(), reads=number, read_bytes=number * 1234,
                           last_read_at=desk.now)  # fmt: skip
        desk.catalog.add_reads(f"batch-{desk.now}", [rollup])

    return act


def used_as_never(desk):
    found = AnomalyData(location_id="s3-main", prefix="reports/old", signal="reads", value=900.0, usual=3.0,
                        score=17.5, hour=desk.now - timedelta(hours=2))  # fmt: skip
    assert alarm_anomaly(WHO, found, desk.services)


def rule(signal, threshold, **more):
    return {"name": f"watch {signal}", "signal": signal, "threshold": threshold, **more}


REPORTS = {"location_id": "s3-main", "prefix": "reports/"}
SHARE = {"comparison": Comparison.SHARE}
TRIGGERS = {
    "cost over a threshold": Trigger(
        rule(Signal.COST_PER_MONTH, 500.0, location_id="s3-main"), costs(612.5), costs(400.0),
        "team-docs s3-main is at $612.50 a month, the limit is $500.00 a month",
        "team-docs s3-main is back at $400.00 a month; it was at $612.50 a month, the limit is $500.00 a month"),
    "cost below a prefix": Trigger(
        rule(Signal.COST_PER_MONTH, 40.0, **REPORTS), days_cost(2.0), days_cost(1.0),
        "team-docs s3-main/reports/ is at $60.83 a month, the limit is $40.00 a month",
        "team-docs s3-main/reports/ is back at $30.42 a month; it was at $60.83 a month, "
        "the limit is $40.00 a month"),
    "cost over the forecast": Trigger(
        rule(Signal.COST_OVER_FORECAST, 20.0), costs_jump, days_cost(1.0),
        "team-docs is at 100.0 % over the forecast, the limit is 20.0 % over the forecast",
        "team-docs is back at 0.0 % over the forecast; it was at 100.0 % over the forecast, "
        "the limit is 20.0 % over the forecast"),
    "a budget": Trigger(
        rule(Signal.COST_THIS_MONTH, 90.0, limit=50.0, **SHARE), days_cost(2.0), days_cost(1.0),
        f"team-docs is at ${2 * MONTH}.00 for this month, the limit is $45.00 for this month, "
        "90 % of $50.00 for this month",
        f"team-docs is back at ${MONTH}.00 for this month; it was at ${2 * MONTH}.00 for this month, "
        "the limit is $45.00 for this month, 90 % of $50.00 for this month"),
    "storage near its limit": Trigger(
        rule(Signal.STORED_BYTES, 80.0, limit=10.0 * GIB, location_id="s3-main", **SHARE), stored(9 * GIB), stored(GIB),
        "team-docs s3-main is at 9.00 GiB, the limit is 8.00 GiB, 80 % of 10.00 GiB",
        "team-docs s3-main is back at 1.00 GiB; it was at 9.00 GiB, the limit is 8.00 GiB, 80 % of 10.00 GiB"),
    "storage below a prefix": Trigger(
        rule(Signal.STORED_BYTES, 8.0 * GIB, **REPORTS), days_cost(1, size_bytes=9 * GIB), days_cost(1, size_bytes=GIB),
        "team-docs s3-main/reports/ is at 9.00 GiB, the limit is 8.00 GiB",
        "team-docs s3-main/reports/ is back at 1.00 GiB; it was at 9.00 GiB, the limit is 8.00 GiB"),
    "a failed move": Trigger(
        rule(Signal.MIGRATIONS_FAILED, 0.0), moves(good=1, bad=2), moves(good=1),
        "team-docs is at 2 failed moves, the limit is 0 failed moves",
        "team-docs is back at 0 failed moves; it was at 2 failed moves, the limit is 0 failed moves"),
    "more than 5 % errors": Trigger(
        rule(Signal.ERROR_RATE, 5.0), moves(good=9, bad=1), moves(good=10),
        "team-docs is at 10.0 %, the limit is 5.0 %",
        "team-docs is back at 0.0 %; it was at 10.0 %, the limit is 5.0 %"),
    "a latency spike": Trigger(
        rule(Signal.MOVE_SECONDS, 3.0, comparison=Comparison.SPIKE), moves_become_slow, moves(good=1, seconds=2.0),
        "team-docs is at 30.1 s, the limit is 6.0 s",
        "team-docs is back at 2.0 s; it was at 30.1 s, the limit is 6.0 s"),
    "requests over 5 s": Trigger(
        rule(Signal.REQUEST_SECONDS, 5.0), requests(8.0), requests(0.5),
        "the platform is at 8.0 s, the limit is 5.0 s",
        "the platform is back at 0.5 s; it was at 8.0 s, the limit is 5.0 s", owner="admin"),
    "Kafka lag over 1,000": Trigger(
        rule(Signal.KAFKA_LAG, 1000.0), platform(lags={"mail": 2500}), platform(lags={"mail": 3}),
        "mail is at 2,500 waiting events, the limit is 1,000 waiting events",
        "mail is back at 3 waiting events; it was at 2,500 waiting events, the limit is 1,000 waiting events",
        owner="admin"),
    "a disk over 80 %": Trigger(
        rule(Signal.DISK_PERCENT, 80.0), platform(disks={"/": 91.5}), platform(disks={"/": 60.0}),
        "/ is at 91.5 %, the limit is 80.0 %",
        "/ is back at 60.0 %; it was at 91.5 %, the limit is 80.0 %", owner="admin"),
    "reads below a prefix": Trigger(
        rule(Signal.READS_PER_DAY, 100.0, **REPORTS), reads(500), reads(5),
        "team-docs s3-main/reports/ is at 500 reads a day, the limit is 100 reads a day",
        "team-docs s3-main/reports/ is back at 5 reads a day; it was at 500 reads a day, "
        "the limit is 100 reads a day"),
    "unusual use": Trigger(
        rule(Signal.ACCESS_ANOMALY, 0.0, location_id="s3-main"), used_as_never, lambda desk: desk.later(days=1),
        "team-docs s3-main/reports/old is at 17.5 deviations from the usual, "
        "the limit is 0.0 deviations from the usual",
        "team-docs s3-main/reports/old is back at 0.0 deviations from the usual; "
        "it was at 17.5 deviations from the usual, the limit is 0.0 deviations from the usual"),
}  # fmt: skip


@pytest.fixture
def catcher(tmp_path):
    with Catcher(0, tmp_path / "mails") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@dataclass
class RealDesk(Desk):
    """A desk whose mails and calls leave the process."""

    smtp_port: int = 0

    @property
    def services(self):
        home = (ipaddress.ip_network("127.0.0.0/8"),)
        return replace(
            super().services,
            mailer=SmtpMailer(SmtpSettings(port=self.smtp_port, timeout_seconds=5)),
            mail_domain="bench.test",
            post_webhook=post_webhook,
            resolve=lambda _host, _port: ("127.0.0.1",),
            allowed_networks=home,
            forecast_costs=ahead,
        )


@pytest.fixture
def real_desk(desk, catcher):
    real = RealDesk(keyring=desk.keyring, smtp_port=catcher.port, now=TODAY)
    for one in default_rules("admin"):
        real.catalog.delete_rule(one.rule_id)  # this test's rule alone speaks
    return real


def evaluate_for_a_while(desk):
    for _ in range(3):
        evaluate_alerts(desk.services)
        desk.later(minutes=2)


def deliver(desk, kafka, since):
    """Publish what waits, and hand over what Kafka has of it to everybody, twice, as a broken consumer would."""
    publisher, ids = KafkaPublisher(kafka, {}), []
    desk.catalog.drain_outbox(lambda events: (ids.extend(event.id for event in events), publisher.publish(events)))
    told = tail(kafka, {}, topics=[Topic.ALERTS, Topic.MAIL], since=since, follow=False)
    events = [event for event in told if event.id in set(ids)]
    for handler in (BellHandler(desk.services), WebhookHandler(desk.services), MailHandler(desk.services)):
        mine = [event for event in events if isinstance(event, tuple(handler.reads))]
        for _ in range(2):
            handler.handle(mine)
    relay_once(desk.catalog, publisher)
    publisher.close()
    return [event for event in events if isinstance(event, AlertChanged)]


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_trigger_fires_and_is_over_once_in_every_channel(name, real_desk, kafka, catcher, httpserver, monkeypatch):
    # The desk's clock runs days ahead of that of the events.
    monkeypatch.setattr(call_webhooks, "GIVEN_UP_AFTER", timedelta(days=30))
    trigger, since = TRIGGERS[name], datetime.now(UTC) - timedelta(seconds=30)
    httpserver.expect_request("/in", "POST").respond_with_data("ok")
    hook = f"http://hooks.example.test:{httpserver.port}/in"
    wanted = trigger.rule | {"channels": frozenset(Channel), "webhook_url": hook}
    kept = make_rule(trigger.owner, wanted, real_desk.services)
    told = []
    for act in (trigger.high, trigger.low):
        act(real_desk)
        evaluate_for_a_while(real_desk)
        told += deliver(real_desk, kafka, since)

    texts, title = [trigger.fired, trigger.over], trigger.rule["name"]
    assert [("fired", texts[0]), ("resolved", texts[1])] == [(one.data.change.value, one.data.text) for one in told]
    assert {trigger.owner} == {event.user for event in told}
    bell = real_desk.catalog.notification_page(NotificationQuery(user=trigger.owner)).notifications
    lines = [(one.title, one.text) for one in bell if one.kind is NotificationKind.ALERT and title in one.title]
    assert sorted([(f"Alert: {title}", texts[0]), (f"Over: {title}", texts[1])]) == sorted(lines)
    mails = sorted((mail["Subject"], mail) for mail in caught(catcher.folder) if title in mail["Subject"])
    assert [f"CloudFlow: Alert: {title}", f"CloudFlow: Over: {title}"] == [subject for subject, _ in mails]
    for (_, mail), text in zip(mails, texts, strict=True):
        assert text in mail.get_body(("plain",)).get_content()
        assert f"{trigger.owner}@bench.test" == mail["To"]
    calls = [request for request, _ in httpserver.log]
    assert [event.id for event in told] == [call.headers["X-CloudFlow-Event"] for call in calls]
    for event, call in zip(told, calls, strict=True):
        body, at = call.get_data(), int(call.headers["X-CloudFlow-Signature"].split(",")[0].removeprefix("t="))
        assert event == AlertChanged.model_validate_json(body)
        proof = signed(body, kept.new_secret, event.id, datetime.fromtimestamp(at, UTC))
        assert proof["X-CloudFlow-Signature"] == call.headers["X-CloudFlow-Signature"]
