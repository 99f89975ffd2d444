"""What is made ready before the first person asks, and kept so: columns of files, and who is an administrator."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.workflows.administrators import note_admins
from cloudflow_plugin.api.context import Context
from cloudflow_plugin.api.frontage import PACKING
from cloudflow_plugin.api.live.reader import live_events

log = logging.getLogger(__name__)

FILES_EVERY_SECONDS = 3.0
ADMINS_EVERY_SECONDS = 60.0
"""A role that Airflow gives or takes reaches those who cannot ask it, such as tasks, after so long."""


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[None]:
    """Run everything that lives as long as the app is served."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(live_events(app))
        is_over = threading.Event()
        stack.callback(is_over.set)
        threading.Thread(target=_keep_admins, args=(app.state.context, is_over), name="admins", daemon=True).start()
        threading.Thread(target=_warm, args=(app.state.context, is_over), name="warming", daemon=True).start()
        yield


def _warm(context: Context, is_over: threading.Event) -> None:
    """
    Pack Airflow's page and read the catalogue, then keep up with what changes in it while nobody asks.

    Who came first waited for seconds, and those behind them too; and who comes after thousands of files changed was
    shown the first thousand of them.
    """
    PACKING.prepare()
    is_read = True
    while True:
        try:
            context.services().catalog.sum_files()
            is_read = True
        except CloudFlowError as error:
            if is_read:
                log.warning("api.not_warmed error=%s", error)  # then the first who asks waits
            is_read = False
        if is_over.wait(FILES_EVERY_SECONDS):
            return


def _keep_admins(context: Context, is_over: threading.Event) -> None:
    """Write down again and again who is an administrator; whoever asks us is noted at once."""
    while not is_over.is_set():
        try:
            note_admins(context.accounts, context.services().catalog)
        except Exception as error:  # noqa: BLE001 - whatever Airflow's database says, the next look is soon
            log.warning("api.admins_not_noted error=%s", error)
        is_over.wait(ADMINS_EVERY_SECONDS)
