"""Mail over SMTP, with TLS where the settings ask for it."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from contextlib import suppress
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate
from threading import Timer
from typing import Any

import stamina

from cloudflow_lib.errors import MailError, MailRefusedError, MailUnwritableError
from cloudflow_lib.ports.mail import SEND_WITHIN, Mail
from cloudflow_lib.settings import SmtpSettings

ATTEMPTS = 3
CONNECTING = (ConnectionError, TimeoutError, smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError)
WEB_ADDRESSES = frozenset({"List-Unsubscribe"})
READY = 220
FOR_GOOD = 500
"""From this code on a mail server means for ever (RFC 5321, section 4.2.1); below, for the moment."""


class _WholeAddresses(EmailPolicy):
    """Folds as mails are folded, but never a web address: cut into encoded words it leads nowhere."""

    def fold_binary(self, name: str, value: str) -> bytes:
        line = f"{name}: {value}{self.linesep}"
        return line.encode() if name in WEB_ADDRESSES and line.isascii() else super().fold_binary(name, value)


class _Timed(smtplib.SMTP):
    """Hangs up when its time is over: the timeouts of smtplib begin anew with every byte that a server sends."""

    ends_at: float
    _line: socket.socket | None = None
    _alarm: Timer | None = None

    def talk_to(self, host: str, port: int, *, until: float) -> None:
        """Connect, and hear the server's greeting; at *until* of the monotonic clock all is over."""
        self.ends_at = until
        self._host = host  # whose certificate is asked for; smtplib has it from the constructor alone, which connects
        code, said = self.connect(host, port)
        if code != READY:
            raise smtplib.SMTPConnectError(code, said)

    def _get_socket(self, *where: Any) -> socket.socket:  # noqa: ANN401 - as smtplib calls it
        connected: socket.socket = super()._get_socket(*where)  # type: ignore[misc] # the one place where TLS is not begun
        self._line = connected.dup()  # TLS takes the first one over, this one stays
        self._alarm = Timer(max(0.0, self.ends_at - time.monotonic()), _hang_up, (self._line,))
        self._alarm.daemon = True
        self._alarm.start()
        return connected

    def close(self) -> None:
        """Hang up, and forget the alarm."""
        super().close()
        if self._alarm:
            self._alarm.cancel()
        if self._line:
            self._line.close()


class _TimedTls(smtplib.SMTP_SSL, _Timed):
    """The same, in TLS from the first byte."""


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):  # it was closed at this moment
        line.shutdown(socket.SHUT_RDWR)


class SmtpMailer:
    """Hand mails to one SMTP server, a connection per mail."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, mail: Mail) -> None:
        """Send *mail*; raises MailError when the server does not take it, MailUnwritableError when it is no message."""
        where = f"{self._settings.host}:{self._settings.port}"
        message = self._message(mail)
        until = time.monotonic() + SEND_WITHIN.total_seconds()
        try:
            server = self._connect(until)
            try:
                server.send_message(message)
            finally:
                _leave(server)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _refusal(int(code), said, where, mail) from error
        except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
            raise _refusal(error.smtp_code, error.smtp_error, where, mail) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailError(_trouble(error, mail, where, is_late=time.monotonic() >= until)) from error

    def _connect(self, until: float) -> smtplib.SMTP:
        """Open a connection, twice more if need be: before a mail is handed over, nothing can come twice."""

        def may_work_later(error: Exception) -> bool:
            return isinstance(error, CONNECTING) and time.monotonic() < until

        for attempt in stamina.retry_context(
            on=may_work_later, attempts=ATTEMPTS, timeout=None, wait_initial=0.1, wait_max=1.0, wait_jitter=0.2
        ):
            with attempt:
                return self._connect_once(until)
        raise AssertionError("stamina returns or raises")

    def _connect_once(self, until: float) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            server: _Timed = _TimedTls(timeout=settings.timeout_seconds, context=ssl.create_default_context())
        else:
            server = _Timed(timeout=settings.timeout_seconds)
        try:
            server.talk_to(settings.host, settings.port, until=until)
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.user and settings.password:
                server.login(settings.user, settings.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=_WholeAddresses())
        try:
            message["From"] = self._settings.sender
            message["To"] = mail.to
            message["Subject"] = mail.title
            message["Message-ID"] = mail.message_id
            message["Date"] = formatdate()
            for name, value in mail.headers.items():
                message[name] = value
            message.set_content(mail.text)
            if mail.html:
                message.add_alternative(mail.html, subtype="html")
        except ValueError as error:  # a line's end in an address, or text that is none
            raise MailUnwritableError(f"a mail to {mail.to!r} cannot be put into a message: {error}") from error
        return message


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; how the server answers that changes nothing: a mail that it took must not be sent again."""
    with suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _trouble(error: Exception, mail: Mail, where: str, *, is_late: bool) -> str:
    if is_late:
        return f"the mail server {where} did not take a mail to {mail.to} within {SEND_WITHIN.total_seconds():.0f} s"
    if isinstance(error, smtplib.SMTPException):
        return f"the mail server {where} refused a mail to {mail.to}: {error}"
    return f"the mail server {where} cannot be reached: {error}; check CLOUDFLOW_SMTP__*"


def _refusal(code: int, said: bytes | str, where: str, mail: Mail) -> MailError:
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    text = f"the mail server {where} refused a mail to {mail.to}: {code} {words}"
    return MailRefusedError(text) if code >= FOR_GOOD else MailError(text)
