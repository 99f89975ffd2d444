"""A post office in memory: a catalogue, a mailbox that may refuse, and a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.secrets.keyring import FileKeyring
from cloudflow_lib.domain.events import MailRequested, MailWishData
from cloudflow_lib.domain.notifications import Level, NotificationKind
from cloudflow_lib.workflows.services import Services

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


@dataclass
class Office:
    """What the tests of mails work with."""

    keyring: FileKeyring
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    mails: list = field(default_factory=list)
    trouble: Exception | None = None
    now: datetime = NOW

    def send(self, mail):
        if self.trouble:
            raise self.trouble
        self.mails.append(mail)

    @property
    def services(self) -> Services:
        return Services(
            catalog=self.catalog,
            open_store={}.__getitem__,
            mailer=self,
            clock=lambda: self.now,
            keyring=self.keyring,
            mail_domain="example.test",
            ui_url="http://airflow.test/",
        )

    def later(self, **delta):
        self.now += timedelta(**delta)

    def request(self, **changes) -> MailRequested:
        user = changes.pop("user", "team-docs")
        data = {
            "kind": NotificationKind.MIGRATION,
            "level": Level.ERROR,
            "title": "1 of 2 files not migrated",
            "lines": ("1 done, 1 failed", "here/<b>: no such bucket"),
            "path": "migrations?batch=run-1",
        }
        return MailRequested(subject="run-1", user=user, time=self.now, data=MailWishData(**{**data, **changes}))


@pytest.fixture
def office(tmp_path) -> Office:
    file = tmp_path / "keyring.json"
    file.write_text('{"active": "k1", "keys": {"k1": "' + "A" * 43 + '="}}')
    file.chmod(0o600)
    return Office(keyring=FileKeyring(file))
