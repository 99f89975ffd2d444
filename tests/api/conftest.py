"""The real app in this process, mounted as Airflow mounts it, for callers of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog
from cloudflow_lib.adapters.catalogs.mongo_shelves import INDEXES
from cloudflow_lib.adapters.feeds.memory import MemoryFeed
from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.domain.sessions import AccessToken, Account, AccountDetails, Issued
from cloudflow_lib.errors import NotAllowedError
from cloudflow_lib.settings import Settings
from cloudflow_lib.workflows.services import Services

OWNER, OTHER, VIEWER, ADMIN, STRANGER = "team-docs", "team-media", "team-watch", "admin", "team-payroll"
"""Who signs in: the owner of things, somebody else, one who may only look, an administrator, one without rights."""
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def plugins_on_the_path():
    """Airflow puts its plugins folder there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2] / "plugins"))
        yield


@pytest.fixture
def mongo_catalog(mongo_catalog) -> MongoCatalog:
    """A fresh, empty database; a test asks for it where the memory is not enough."""
    for name, indexes in INDEXES.items():
        if any(index.document["name"] == "age" for index in indexes):
            mongo_catalog._shelf(name).drop_index("age")  # by the server's clock, everything of `NOW` is over
    return mongo_catalog


@pytest.fixture
def catalog():
    """What the API keeps things in; override it with `mongo_catalog`, or parametrise it with both."""
    return MemoryCatalog()


@pytest.fixture
def stores() -> dict[str, MemoryStore]:
    """Location id -> its store; a test puts in what it needs."""
    return {}


@pytest.fixture
def mails() -> list:
    return []


@pytest.fixture
def services(catalog, stores, mails) -> Services:
    catalog._now = lambda: NOW

    class Mailbox:
        def send(self, mail):
            mails.append(mail)

    return Services(
        catalog=catalog,
        open_store=stores.__getitem__,
        mailer=Mailbox(),
        clock=lambda: NOW,
        admins=frozenset({ADMIN}),
        mail_domain="example.test",
    )


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def started() -> list:
    """Every DAG run that the API started: (dag id, conf, user)."""
    return []


@dataclass
class Door:
    """The accounts: everyone's password is `open sesame`; a token that is just a name opens too."""

    issued: dict = field(default_factory=dict)
    revoked: set = field(default_factory=set)
    refused: set = field(default_factory=set)
    """Accounts that lost their right on CloudFlow."""
    switched_off: set = field(default_factory=set)
    password_changes: int = 0
    web_sessions_ended: list = field(default_factory=list)
    since: dict = field(default_factory=dict)
    """When a token was given out; of those that are just names nobody can tell."""

    def sign_in(self, user, password):
        is_known = user in (OWNER, OTHER, VIEWER, ADMIN, STRANGER) and password == "open sesame"
        return self.active(f"id of {user}") if is_known else None

    def everyone(self):
        names = (OWNER, OTHER, VIEWER, ADMIN, STRANGER)
        return [
            AccountDetails(
                account_id=f"id of {name}",
                user=name,
                full_name=f"{name} at work",
                email=f"{name}@example.test",
                roles=("Admin" if name == ADMIN else "CloudFlowUser",),
                is_admin=name == ADMIN,
                is_active=name not in self.switched_off,
            )
            for name in sorted(names)
        ]

    def end_web_session(self, account_id):
        self.web_sessions_ended.append(account_id)

    def active(self, account_id):
        return Account(
            account_id=account_id, user=account_id.removeprefix("id of "), password_mark=f"mark {self.password_changes}"
        )

    def issue(self, account):
        name = f"{account.user}-{len(self.issued)}"
        self.issued[f"jwt.{name}"] = account.user
        self.since[f"jwt.{name}"] = NOW
        return AccessToken(token=f"jwt.{name}", token_id=name, expires_at=NOW + timedelta(minutes=15))

    def read(self, token):
        return Issued(token.removeprefix("jwt."), NOW) if token in self.issued else None

    def revoke(self, issued):
        self.revoked.add(f"jwt.{issued.token_id}")

    async def authenticate(self, connection):
        from cloudflow_plugin.api.callers import Caller

        token = connection.headers.get("authorization", "").removeprefix("Bearer ") or connection.cookies.get("_token")
        name = self.issued.get(token, token)
        if name == STRANGER or name in self.refused:
            raise NotAllowedError(f"{name} has no right to use CloudFlow")
        if token in self.revoked or name not in (OWNER, OTHER, VIEWER, ADMIN):
            return None
        return Caller(
            user=name,
            is_admin=name == ADMIN,
            can_write=name != VIEWER,
            has_admin_role=name == ADMIN,
            since=self.since.get(token),
        )


@pytest.fixture
def door() -> Door:
    return Door()


def run_url(dag_id, run_id):
    return f"http://airflow.test/dags/{dag_id}/runs/{run_id}"


@pytest.fixture
def feed() -> MemoryFeed:
    """The bus that live events come from; a test publishes to it."""
    return MemoryFeed()


@pytest.fixture
def context(services, settings, started, door, feed):
    """What the app is built with."""
    from cloudflow_plugin.api.context import Context
    from cloudflow_plugin.api.runs import StartedRun

    def start_run(dag_id, conf, *, user, run_id=None):
        started.append((dag_id, dict(conf), user))
        run_id = run_id or f"manual__{len(started)}"
        return StartedRun(dag_id=dag_id, run_id=run_id, url=run_url(dag_id, run_id))

    return Context(
        services=lambda: services,
        settings=lambda: settings,
        authenticate=door.authenticate,
        accounts=door,
        start_run=start_run,
        run_url=run_url,
        feed=lambda: feed,
    )


@pytest.fixture
def app(context) -> FastAPI:
    """An app that mounts ours as Airflow's does."""
    from cloudflow_plugin.api.app import build_app
    from cloudflow_plugin.api.bundle import MOUNTED_AT

    ours = build_app(context)

    @asynccontextmanager
    async def lifespan(_outer):
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(ours.router.lifespan_context(ours))
            yield

    outer = FastAPI(lifespan=lifespan)
    outer.mount(MOUNTED_AT, ours)
    return outer


@pytest.fixture
def sign_in(app) -> Iterator[Callable[[str | None], TestClient]]:
    """Return the client of an account, None for nobody; its paths begin behind `/cloudflow/api/v1`."""
    with TestClient(app):  # enters the lifespan once, for all of them

        def client(name: str | None) -> TestClient:
            headers = {} if name is None else {"Authorization": f"Bearer {name}"}
            return TestClient(app, "http://testserver/cloudflow/api/v1", headers=headers)

        yield client


@pytest.fixture
def anonymous(sign_in) -> TestClient:
    return sign_in(None)


@pytest.fixture
def owner(sign_in) -> TestClient:
    return sign_in(OWNER)


@pytest.fixture
def other(sign_in) -> TestClient:
    return sign_in(OTHER)


@pytest.fixture
def viewer(sign_in) -> TestClient:
    return sign_in(VIEWER)


@pytest.fixture
def admin(sign_in) -> TestClient:
    return sign_in(ADMIN)


@pytest.fixture
def stranger(sign_in) -> TestClient:
    """Signed in to Airflow, without any right on CloudFlow."""
    return sign_in(STRANGER)
