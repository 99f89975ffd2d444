"""What handlers work with: one value, given to the app when it is built, so that tests give another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from cloudflow_lib import bootstrap
from cloudflow_lib.ports.event_feed import EventFeed
from cloudflow_lib.settings import Settings
from cloudflow_lib.workflows.services import Services
from cloudflow_plugin.api.runs import StartRun, run_url

if TYPE_CHECKING:
    from cloudflow_lib.ports.session_book import Accounts
    from cloudflow_plugin.api.callers import Authenticate

RunUrl = Callable[[str, str], str]
"""Returns the page of a run (DAG, run id) in the Airflow UI."""


def _ask_airflow() -> Authenticate:
    from cloudflow_plugin.api.identity import airflow_caller

    return airflow_caller


def _accounts_of_airflow() -> Accounts:
    from cloudflow_plugin.api.accounts import AirflowAccounts

    return AirflowAccounts()


def _start_in_airflow() -> StartRun:
    from cloudflow_plugin.api.runs import start_run

    return start_run


@cache
def _services_with_forecast() -> Services:
    from ml.forecast.costs import ahead

    return replace(bootstrap.services(), forecast_costs=ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The world as the API sees it; everything has the production default."""

    services: Callable[[], Services] = _services_with_forecast
    settings: Callable[[], Settings] = bootstrap.settings
    authenticate: Authenticate = field(default_factory=_ask_airflow)
    accounts: Accounts = field(default_factory=_accounts_of_airflow)
    start_run: StartRun = field(default_factory=_start_in_airflow)
    run_url: RunUrl = run_url
    feed: Callable[[], EventFeed] = bootstrap.event_feed


def context_of(connection: HTTPConnection) -> Context:
    """Return the context that the app of this request or WebSocket was built with."""
    return cast("Context", connection.app.state.context)


async def _services(connection: HTTPConnection) -> Services:
    return context_of(connection).services()


async def _settings(connection: HTTPConnection) -> Settings:
    return context_of(connection).settings()


async def _start_run(connection: HTTPConnection) -> StartRun:
    return context_of(connection).start_run


async def _run_url(connection: HTTPConnection) -> RunUrl:
    return context_of(connection).run_url


ServicesDep = Annotated[Services, Depends(_services)]
"""The ports that workflows take."""
SettingsDep = Annotated[Settings, Depends(_settings)]
StartRunDep = Annotated[StartRun, Depends(_start_run)]
"""Starts a DAG for a user: see `runs.start_run`."""
RunUrlDep = Annotated[RunUrl, Depends(_run_url)]
