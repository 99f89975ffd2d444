"""The app behind a real server and a real socket, in a thread of the test's process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from benchmarks._servers import free_port

START_SECONDS = 30.0


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve *app* and yield its host and port; at the end it stops as it does on SIGTERM."""
    with ending(app) as (address, _):
        yield address


@contextmanager
def ending(app: FastAPI) -> Iterator[tuple[str, Callable[[], None]]]:
    """As `served`, and yield what makes it stop."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()

    def end() -> None:
        server.should_exit = True

    try:
        give_up_at = time.monotonic() + START_SECONDS
        while not server.started:
            assert time.monotonic() < give_up_at
            time.sleep(0.01)
        yield f"127.0.0.1:{port}", end
    finally:
        end()
        thread.join(timeout=START_SECONDS)
        assert not thread.is_alive()
