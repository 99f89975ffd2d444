"""An HTTP proxy that passes everything on, and lies where it is told to."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def with_body(self, body):
        return replace(self, body=body)

    def with_header(self, name, value):
        kept = {known: text for known, text in self.headers.items() if known.lower() != name.lower()}
        return replace(self, headers=kept | {name: value})


def busy(retry_after=None):
    """What a throttled S3 answers."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Reply(503, b"<Error><Code>SlowDown</Code><Message>Slow down.</Message></Error>", headers)


class LyingProxy:
    """Before a request it asks *before* for a request to send instead, or a reply to give at once; then *after*."""

    def __init__(self, url: str, *, keeps_host: bool) -> None:
        self.seen: list[Request] = []
        self.before: Callable[[Request], Request | Reply] = lambda request: request
        self.after: Callable[[Request, Reply], Reply] = lambda _request, reply: reply
        self._address = urlsplit(url)
        self._dropped = HOP if keeps_host else {*HOP, "host"}  # S3 signs it, fake-gcs-server minds it
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._server.server_port}{self._address.path}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def count(self, method):
        return sum(request.method == method for request in self.seen)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _reply(self, request: Request) -> Reply:
        with self._lock:
            self.seen.append(request)
            decided = self.before(request)
        if isinstance(decided, Reply):
            return decided
        connection = http.client.HTTPConnection(self._address.hostname, self._address.port, timeout=30)
        try:
            headers = {name: value for name, value in decided.headers.items() if name not in self._dropped}
            connection.request(
                decided.method, decided.path, body=decided.body or None, headers=_sized(headers, decided)
            )
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP}
            body = answer.read()
            if decided.method == "HEAD":
                kept["Content-Length"] = answer.getheader("Content-Length", "0")
            return self.after(request, Reply(answer.status, body, kept))
        finally:
            connection.close()

    def _handler(proxy):  # noqa: N805 - the inner class has a self of its own
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                size = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = proxy._reply(Request(self.command, self.path, headers, self.rfile.read(size)))
                self.send_response_only(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if self.command != "HEAD":
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

            def log_message(self, *_):
                pass

        for method in ("GET", "PUT", "POST", "HEAD", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.answer)
        return Handler


def _sized(headers, request):
    """The host stays as the client signed it."""
    return headers | ({"content-length": str(len(request.body))} if request.method in {"PUT", "POST"} else {})
