"""One summary, one event, one wish for a mail per run."""

from cloudflow_lib.domain.events import MailRequested, MigrationBatchEnded
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.notifications import Level
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.workflows.migrate_file import take_steps
from cloudflow_lib.workflows.report_batch import report_batch


def test_a_good_run_is_reported_once_however_often_it_is_asked(bench):
    [move] = bench.open(bench.put_file("a", b"1"))
    take_steps(move.migration_id, MigrationState.DONE, bench.services)

    first, second = report_batch("run-1", bench.services), report_batch("run-1", bench.services)

    assert first.is_good
    assert first == second
    events = bench.events()
    wishes = mails(events)
    assert [("1 file migrated", "team-docs", Level.SUCCESS)] == [
        (event.data.title, event.user, event.data.level) for event in wishes
    ]
    assert [] == bench.mailbox.mails
    ended = [event for event in events if event.type == "io.cloudflow.migration.batch_ended.v1"]
    assert [(1, 0)] == [(event.data.done, event.data.failed) for event in ended]


def test_a_mail_names_every_file_that_did_not_arrive_and_why(bench):
    good, bad = bench.put_file("good", b"1"), bench.put_file("bad <script>", b"2")
    for move in bench.open(good, bad):
        if move.file_id == good.file_id:
            take_steps(move.migration_id, MigrationState.DONE, bench.services)

    report = report_batch("run-1", bench.services)

    assert (1, 1) == (report.done, report.failed)
    [mail] = mails(bench.events())
    assert ("1 of 2 files not migrated", Level.ERROR) == (mail.data.title, mail.data.level)
    assert mail.data.lines[0].startswith("1 done, 1 failed, 0 cancelled; 1 bytes")
    assert mail.data.lines[1].startswith("here/bad <script>: its worker was lost")
    assert mail.data.path.endswith("/dags/migrate_files/runs/run-1")


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
    events = bench.events()
    [mail] = mails(events)
    assert ("Migration refused", (f"Nothing was moved: {reason}",)) == (mail.data.title, mail.data.lines)
    assert [reason] == [event.data.refusal for event in events if isinstance(event, MigrationBatchEnded)]


def test_a_report_needs_no_mail_server(bench):
    """The mail waits in the topic, written in the same update as the end of the run."""
    [move] = bench.open(bench.put_file("a", b"1"))
    take_steps(move.migration_id, MigrationState.DONE, bench.services)
    bench.mailbox.send = None

    assert report_batch("run-1", bench.services).is_good
    assert 1 == len(mails(bench.events()))


def mails(events):
    return [event for event in events if isinstance(event, MailRequested)]
