"""What is made ready before the first person asks: the columns that lists of files are looked up in."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from cloudflow_lib.errors import CloudFlowError
from cloudflow_plugin.api.context import Context
from cloudflow_plugin.api.live.reader import live_events

log = logging.getLogger(__name__)


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[None]:
    """Run everything that lives as long as the app is served."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(live_events(app))
        threading.Thread(target=_warm, args=(app.state.context,), name="warming", daemon=True).start()
        yield


def _warm(context: Context) -> None:
    """Read the catalogue once: the first list of files took seconds, and everybody behind it waited too."""
    try:
        context.services().catalog.sum_files()
    except CloudFlowError as error:
        log.warning("api.not_warmed error=%s", error)  # then the first who asks waits
