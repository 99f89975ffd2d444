"""Handing mails to a real mail server."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks._catcher import Catcher, caught
from cloudflow_lib.adapters.mail import smtp
from cloudflow_lib.adapters.mail.smtp import SmtpMailer
from cloudflow_lib.errors import MailError, MailRefusedError, MailUnwritableError
from cloudflow_lib.ports.mail import Mail
from cloudflow_lib.settings import SmtpSettings


@pytest.fixture
def catcher(tmp_path) -> Iterator[Catcher]:
    with Catcher(0, tmp_path / "mails") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def mailer(port) -> SmtpMailer:
    return SmtpMailer(SmtpSettings(port=port, timeout_seconds=5))


def a_mail(to="team-docs@example.test") -> Mail:
    return Mail(
        message_id="<7@example.test>",
        to=to,
        title="1 Datei übertragen",
        text="Grüße\n.\n..zwei",
        html="<p>Grüße</p>",
        headers={"List-Unsubscribe": "<http://x/y>"},
    )


def test_a_mail_arrives_as_it_was_written(catcher):
    mailer(catcher.port).send(a_mail())

    [mail] = caught(catcher.folder)
    assert ("<7@example.test>", "1 Datei übertragen") == (mail["Message-ID"], mail["Subject"])
    assert "<http://x/y>" == mail["List-Unsubscribe"]
    assert ["Grüße", ".", "..zwei"] == mail.get_body(("plain",)).get_content().split()
    assert "<p>Grüße</p>" in mail.get_body(("html",)).get_content()


def test_the_address_that_unsubscribes_arrives_whole_however_long_it_is(catcher):
    """Mail programs look for it as it is: what the standard library makes of long words, they do not read."""
    address = f"<https://airflow.example.test/cloudflow/api/v1/unsubscribe/{'A1_-' * 60}>"
    mailer(catcher.port).send(replace(a_mail(), headers={"List-Unsubscribe": address}))

    [file] = catcher.folder.iterdir()
    assert f"List-Unsubscribe: {address}\n" in file.read_text().replace("\r\n", "\n")


def test_a_refusal_for_good_is_told_from_one_for_the_moment(catcher):
    with pytest.raises(MailRefusedError, match=r"refused a mail to nobody@example\.test: 550 5\.1\.1 no such mailbox"):
        mailer(catcher.port).send(a_mail("nobody@example.test"))
    with pytest.raises(MailError, match="451") as caught_error:
        mailer(catcher.port).send(a_mail("busy@example.test"))
    assert MailError is type(caught_error.value)


def test_a_mail_to_an_address_that_is_none_is_told_from_trouble_with_the_server(catcher):
    with pytest.raises(MailUnwritableError, match=r"'docs@a\.test\\ndocs@b\.test' cannot be put into a message"):
        mailer(catcher.port).send(a_mail("docs@a.test\ndocs@b.test"))


def test_a_mail_that_was_taken_is_not_tried_again_for_a_rude_goodbye(catcher, monkeypatch):
    ask = smtplib.SMTP.docmd
    monkeypatch.setattr(
        smtplib.SMTP,
        "docmd",
        lambda self, cmd, args="": (421, b"too many") if cmd.lower() == "quit" else ask(self, cmd, args),
    )
    mailer(catcher.port).send(a_mail())

    assert 1 == len(caught(catcher.folder))


def test_a_server_that_is_not_there_is_named_in_one_line(catcher):
    port = catcher.port
    catcher.server_close()

    with pytest.raises(MailError, match=f"127.0.0.1:{port} cannot be reached"):
        mailer(port).send(a_mail())


GREETING = b"220 mail\r\n"
RECORD = b"\x16\x03\x03\x40\x00"
"""The head of a TLS record of 16 KiB."""


@pytest.mark.parametrize(
    ("security", "answers", "piece"),
    [
        ("none", [], b"220-still here\r\n"),
        ("none", [GREETING, b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"], b"250-wait\r\n"),
        ("starttls", [GREETING, b"250-hello\r\n250 STARTTLS\r\n", b"220 go on\r\n", RECORD], b"x"),
        ("tls", [RECORD], b"x"),
    ],
    ids=["greeting", "after the mail", "starttls", "tls"],
)
def test_a_server_that_dribbles_is_left_before_another_sender_may_take_the_letter(
    monkeypatch, security, answers, piece
):
    """Each byte begins a timeout anew."""
    monkeypatch.setattr(smtp, "SEND_WITHIN", timedelta(seconds=0.5))
    is_over, began = threading.Event(), []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def dribble():
            connection, _ = server.accept()
            began.append(time.monotonic())
            with connection, suppress(OSError):
                for number, answer in enumerate(answers):
                    if number and connection.recv(65536) == b"":
                        return
                    connection.sendall(answer)
                while not is_over.wait(0.1) and time.monotonic() < began[0] + 8:
                    connection.sendall(piece)

        thread = threading.Thread(target=dribble, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        settings = SmtpSettings(port=port, security=security, timeout_seconds=5)
        with pytest.raises(MailError, match=f"127.0.0.1:{port} did not take a mail to .* within"):
            SmtpMailer(settings).send(a_mail())
        took = time.monotonic() - began[0]
        is_over.set()
        thread.join(10)

    assert 3 > took
    assert 1 == len(began)


def test_no_alarm_outlives_its_mail(catcher):
    mailer(catcher.port).send(a_mail())

    assert [] == [
        thread
        for thread in threading.enumerate()
        if isinstance(thread, threading.Timer) and not thread.finished.is_set()
    ]
