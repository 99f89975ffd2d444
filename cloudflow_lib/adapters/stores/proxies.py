"""Clients of the library `requests` that go through a proxy of ours, whatever the environment says."""

from __future__ import annotations

import requests


def go_by(proxy: str | None, *sessions: requests.Session) -> None:
    """Send everything of *sessions* through *proxy*, redirects too; None: as they are."""
    if proxy is not None:
        for session in sessions:
            session.proxies = {"http": proxy, "https": proxy}
            session.trust_env = False  # else NO_PROXY would lead past it
