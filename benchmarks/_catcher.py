"""
A mail server that keeps what it takes: `python -m benchmarks._catcher PORT FOLDER`.

It says "accepted" only after the mail is on the disk, so that killing it loses nothing it took.
A mail to `nobody@...` is refused for good, one to `busy@...` for the moment.
"""

from __future__ import annotations

import os
import socketserver
import sys
from collections import Counter
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4


class _Talk(socketserver.StreamRequestHandler):
    """One client, as far as RFC 5321 is needed to take its mails."""

    server: Catcher

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that was killed says no goodbye
            self._talk()

    def _talk(self) -> None:
        self._say("220 catcher")
        refusal = ""
        while line := self.rfile.readline().decode(errors="replace").strip():
            word = line[:4].upper()
            if word == "QUIT":
                self._say("221 bye")
                return
            if word == "RCPT":
                refusal = self._refusal(line)
                self._say(refusal or "250 ok")
            elif word == "DATA":
                self._take()
            elif word in ("EHLO", "HELO", "MAIL", "RSET", "NOOP"):
                self._say("250 ok")
            else:
                self._say("502 what?")

    def _refusal(self, line: str) -> str:
        if "nobody@" in line:
            return "550 5.1.1 no such mailbox"
        return "451 4.3.2 come again later" if "busy@" in line else ""

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if not line:
            return  # the client died: this mail was never accepted
        self.server.keep(b"".join(lines))
        self._say("250 accepted")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Catcher(socketserver.ThreadingTCPServer):
    """The server."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, folder: Path) -> None:
        super().__init__(("127.0.0.1", port), _Talk)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def keep(self, content: bytes) -> None:
        """Write a mail down for good."""
        draft = self.folder / f"{uuid4().hex}.part"
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(draft.with_suffix(".eml"))


def caught(folder: Path) -> list[EmailMessage]:
    """Return the mails that were accepted, in no order."""
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]


def ids_caught(folder: Path) -> Counter[str]:
    """Return how often a mail of each Message-ID was accepted."""
    return Counter(str(mail["Message-ID"]) for mail in caught(folder))


if __name__ == "__main__":
    with Catcher(int(sys.argv[1]), Path(sys.argv[2])) as server:
        server.serve_forever()
