"""One summary, one event, one mail per run."""

import pytest

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.workflows.migrate_file import take_steps
from cloudflow_lib.workflows.report_batch import report_batch


def test_a_good_run_is_reported_once_however_often_it_is_asked(bench):
    [move] = bench.open(bench.put_file("a", b"1"))
    take_steps(move.migration_id, MigrationState.DONE, bench.services)

    first, second = report_batch("run-1", bench.services), report_batch("run-1", bench.services)

    assert first.is_good
    assert first == second
    assert ["CloudFlow: 1 file migrated"] == [mail.title for mail in bench.mailbox.mails]
    assert "team-docs@example.test" == bench.mailbox.mails[0].to
    ended = [event for event in bench.events() if event.type == "io.cloudflow.migration.batch_ended.v1"]
    assert [(1, 0)] == [(event.data.done, event.data.failed) for event in ended]


def test_a_mail_names_every_file_that_did_not_arrive_and_why(bench):
    good, bad = bench.put_file("good", b"1"), bench.put_file("bad <script>", b"2")
    for move in bench.open(good, bad):
        if move.file_id == good.file_id:
            take_steps(move.migration_id, MigrationState.DONE, bench.services)

    report = report_batch("run-1", bench.services)

    assert (1, 1) == (report.done, report.failed)
    [mail] = bench.mailbox.mails
    assert "1 of 2 files not migrated" in mail.title
    assert "here/bad <script>: its worker was lost" in mail.text
    assert "<script>" not in mail.html
    assert "run-1" in mail.text


def test_a_migration_whose_worker_was_lost_ends_failed_and_lets_its_file_go(bench):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file)
    take_steps(move.migration_id, MigrationState.COPIED, bench.services)

    report_batch("run-1", bench.services)

    assert MigrationState.FAILED is bench.catalog.migration(move.migration_id).state
    assert bench.catalog.file(file.file_id).migration_id is None
    assert [] == bench.keys("there")


def test_a_refused_run_is_mailed_with_its_reason(bench):
    try:
        bench.open(bench.put_file("a", b"1", owner="team-research"))
    except CloudFlowError as error:
        reason = str(error)

    report = report_batch("run-1", bench.services, requested_by="team-docs")

    assert not report.is_good
    assert [f"CloudFlow: {report.title}"] == [mail.title for mail in bench.mailbox.mails]
    assert reason in bench.mailbox.mails[0].text


def test_a_mail_server_that_refuses_leaves_the_mail_to_the_next_try(bench):
    from cloudflow_lib.errors import MailError

    [move] = bench.open(bench.put_file("a", b"1"))
    take_steps(move.migration_id, MigrationState.DONE, bench.services)
    working = bench.mailbox.send

    def refuse(mail):
        raise MailError(f"no: {mail.to}")

    bench.mailbox.send = refuse
    with pytest.raises(MailError):
        report_batch("run-1", bench.services)
    bench.mailbox.send = working
    bench.later(minutes=2)

    report_batch("run-1", bench.services)

    assert 1 == len(bench.mailbox.mails)
