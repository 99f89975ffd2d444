"""Raw HTTP of the fast path: by the proxy that the environment names, as every library beside it goes."""

from __future__ import annotations

import asyncio

from cloudflow_lib.adapters.stores.bulk_http import Requests
from tests.wire.raw import reply


def asked(url):
    async def ask():
        requests = Requests("b", 4)
        try:
            return await requests.send("GET", url, "key", {})
        finally:
            await requests.aclose()

    return asyncio.run(ask())


def test_a_proxy_of_the_environment_is_asked(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.will_say(reply("200 OK", b"by the proxy"))

    assert b"by the proxy" == bytes(asked("http://store.example/b/key").data)
    assert server.heads[0].startswith("GET http://store.example/b/key ")


def test_what_is_excepted_from_the_proxy_is_asked_itself(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server.will_say(reply("200 OK", b"itself"))

    assert b"itself" == bytes(asked(f"{server.url}/b/key").data)
