"""Mail over SMTP, with TLS where the settings ask for it."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from cloudflow_lib.errors import MailError
from cloudflow_lib.ports.mail import Mail
from cloudflow_lib.settings import SmtpSettings


class SmtpMailer:
    """Hand mails to one SMTP server, a connection per mail."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, mail: Mail) -> None:
        """Send *mail*; raises MailError when the server does not take it."""
        where = f"{self._settings.host}:{self._settings.port}"
        try:
            with self._connect() as server:
                server.send_message(self._message(mail))
        except smtplib.SMTPException as error:
            raise MailError(f"the mail server {where} refused a mail to {mail.to}: {error}") from error
        except OSError as error:
            raise MailError(f"the mail server {where} cannot be reached: {error}; check CLOUDFLOW_SMTP__*") from error

    def _connect(self) -> smtplib.SMTP:
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
        message = EmailMessage()
        message["From"] = self._settings.sender
        message["To"] = mail.to
        message["Subject"] = mail.title
        message["Message-ID"] = mail.message_id
        message["Date"] = formatdate()
        message.set_content(mail.text)
        if mail.html:
            message.add_alternative(mail.html, subtype="html")
        return message
