"""An alert desk: a catalogue in memory, a platform that is as full as a test wants, and a listener for webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.secrets.keyring import FileKeyring
from cloudflow_lib.domain.alert_rules import Rule, Signal
from cloudflow_lib.errors import PublishError
from cloudflow_lib.workflows.services import Services
from tests.catalog.examples import drain

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


@dataclass
class Platform:
    """The machine."""

    disks: dict = field(default_factory=lambda: {"/": 50.0})
    lags: dict | None = field(default_factory=dict)

    def full_disks(self):
        return self.disks

    def waiting_events(self):
        if self.lags is None:
            raise PublishError("Kafka is away")
        return self.lags


@dataclass
class Desk:
    """What the tests of alerts work with."""

    keyring: FileKeyring
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    platform: Platform = field(default_factory=Platform)
    calls: list = field(default_factory=list)
    trouble: Exception | None = None
    addresses: tuple = ("93.184.216.34",)
    now: datetime = NOW
    admins: frozenset = frozenset({"admin"})

    def post(self, url, address, body, headers):
        if self.trouble:
            raise self.trouble
        self.calls.append((url, address, body, headers))

    @property
    def services(self) -> Services:
        return Services(
            catalog=self.catalog,
            open_store={}.__getitem__,
            mailer=None,
            clock=lambda: self.now,
            admins=self.admins,
            keyring=self.keyring,
            platform=self.platform,
            post_webhook=self.post,
            resolve=lambda _host, _port: self.addresses,
        )

    def later(self, **delta):
        self.now += timedelta(**delta)

    def events(self):
        return drain(self.catalog)

    def keep(self, **changes) -> Rule:
        rule = Rule(rule_id="r1", owner="admin", name="disk", signal=Signal.DISK_PERCENT, threshold=80.0)
        self.catalog.save_rule(replace(rule, **changes))
        return self.catalog.rule("r1")


@pytest.fixture
def desk(tmp_path) -> Desk:
    file = tmp_path / "keyring.json"
    file.write_text('{"active": "k1", "keys": {"k1": "' + "A" * 43 + '="}}')
    file.chmod(0o600)
    return Desk(keyring=FileKeyring(file))
