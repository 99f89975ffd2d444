"""Those who are told of an alert in the demonstration: the bell, the mail catcher and somebody's webhook."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from cloudflow_cli.demo.witnesses import newest_mail_titles
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.ports.catalogs import Catalog

WAIT_SECONDS = 25.0
LOOK_SECONDS = 0.2
NEWEST = 40
WORDS = {"fired": "Alert", "resolved": "Over"}
"""What happened to an alert -> how people are told."""


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Return whether whoever knows *secret* signed *body*, as a receiver has to check."""
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    right = hmac.digest(secret.encode(), f"{parts.get('t', '')}.".encode() + body, "sha256").hex()
    return hmac.compare_digest(right, parts.get("v1", ""))


@dataclass(slots=True)
class Receiver:
    """Somebody's webhook: keeps what it is called with."""

    bodies: list[bytes] = field(default_factory=list)
    secret: str = ""
    """What the calls must be signed with."""
    unsigned: int = 0
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        """Listen on a free port of this machine."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                receiver.unsigned += not is_signed(body, self.headers.get("X-CloudFlow-Signature", ""), receiver.secret)
                receiver.bodies.append(body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Return where to call."""
        if self._server is None:
            raise CloudFlowError("nobody listens yet")
        return f"http://127.0.0.1:{self._server.server_port}/cloudflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What arrived where about one rule."""

    bell: Sequence[str]
    mails: Sequence[str]
    calls: Sequence[bytes]
    unsigned: int = 0

    def missing(self, rule: str) -> Sequence[str]:
        """Return what did not arrive, in words."""
        found = []
        for what, word in WORDS.items():
            title = f"{word}: {rule}"
            heard = {
                "the bell": title in self.bell,
                "the mails": f"CloudFlow: {title}" in self.mails,
                "the webhook": any(f'"change":"{what}"'.encode() in body for body in self.calls),
            }
            found += [f"{place} did not hear that the alert {what}" for place, has in heard.items() if not has]
        return [*found, f"{self.unsigned} calls of the webhook were not signed"] if self.unsigned else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Everybody who hears of the alerts of one rule."""

    rule: str
    user: str
    receiver: Receiver
    catalog: Catalog
    mail_port: int

    def wait(self) -> Told:
        """Return what arrived, once it is all there, or after a while."""
        until = time.monotonic() + WAIT_SECONDS
        while (told := self._look()).missing(self.rule) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        return told

    def _look(self) -> Told:
        from cloudflow_lib.domain.notifications import NotificationQuery

        page = self.catalog.notification_page(NotificationQuery(user=self.user), limit=NEWEST)
        bell = [one.title for one in page.notifications if one.title.endswith(self.rule)]
        mails = [title for title in newest_mail_titles(self.mail_port, NEWEST) if title.endswith(self.rule)]
        return Told(bell=bell, mails=mails, calls=tuple(self.receiver.bodies), unsigned=self.receiver.unsigned)
