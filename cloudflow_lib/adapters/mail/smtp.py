"""Mail over SMTP, with TLS where the settings ask for it."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate

import stamina

from cloudflow_lib.errors import MailError, MailRefusedError, MailUnwritableError
from cloudflow_lib.ports.mail import Mail
from cloudflow_lib.settings import SmtpSettings

ATTEMPTS = 3
CONNECTING = (ConnectionError, TimeoutError, smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError)
WEB_ADDRESSES = frozenset({"List-Unsubscribe"})
FOR_GOOD = 500
"""From this code on a mail server means for ever (RFC 5321, section 4.2.1); below, for the moment."""


class _WholeAddresses(EmailPolicy):
    """Folds as mails are folded, but never a web address: cut into encoded words it leads nowhere."""

    def fold_binary(self, name: str, value: str) -> bytes:
        line = f"{name}: {value}{self.linesep}"
        return line.encode() if name in WEB_ADDRESSES and line.isascii() else super().fold_binary(name, value)


class SmtpMailer:
    """Hand mails to one SMTP server, a connection per mail."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, mail: Mail) -> None:
        """Send *mail*; raises MailError when the server does not take it, MailUnwritableError when it is no message."""
        where = f"{self._settings.host}:{self._settings.port}"
        message = self._message(mail)
        try:
            server = self._connect()
            try:
                server.send_message(message)
            finally:
                _leave(server)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _refusal(int(code), said, where, mail) from error
        except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
            raise _refusal(error.smtp_code, error.smtp_error, where, mail) from error
        except smtplib.SMTPException as error:
            raise MailError(f"the mail server {where} refused a mail to {mail.to}: {error}") from error
        except OSError as error:
            raise MailError(f"the mail server {where} cannot be reached: {error}; check CLOUDFLOW_SMTP__*") from error

    def _connect(self) -> smtplib.SMTP:
        """Open a connection, twice more if need be: before a mail is handed over, nothing can come twice."""
        for attempt in stamina.retry_context(
            on=CONNECTING, attempts=ATTEMPTS, timeout=None, wait_initial=0.1, wait_max=1.0, wait_jitter=0.2
        ):
            with attempt:
                return self._connect_once()
        raise AssertionError("stamina returns or raises")

    def _connect_once(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host,
                settings.port,
                timeout=settings.timeout_seconds,
                context=ssl.create_default_context(),
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
        try:
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


def _refusal(code: int, said: bytes | str, where: str, mail: Mail) -> MailError:
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    text = f"the mail server {where} refused a mail to {mail.to}: {code} {words}"
    return MailRefusedError(text) if code >= FOR_GOOD else MailError(text)
