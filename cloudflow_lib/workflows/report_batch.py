"""Say how a run ended: one summary, one event, one mail."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from cloudflow_lib.domain.events import BatchData, Event, MailData, MailSent, MigrationBatchEnded
from cloudflow_lib.domain.migrations import Migration, MigrationState
from cloudflow_lib.ports.mail import Mail
from cloudflow_lib.workflows.migrate_file import fail
from cloudflow_lib.workflows.services import Services

MAIL_LEASE_SECONDS = 60.0
LOST = "its worker was lost and no try was left: trigger a new run for this file"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """How a run ended."""

    batch_id: str
    requested_by: str
    done: int
    failed: int
    cancelled: int
    size_bytes: int
    seconds: float
    problems: tuple[str, ...]
    """One line per file that did not arrive, or why the whole request was refused."""

    @property
    def is_good(self) -> bool:
        """Whether everything asked for was done."""
        return not self.problems

    @property
    def title(self) -> str:
        """One line that says it all."""
        if self.is_good:
            return f"{self.done} files migrated" if self.done != 1 else "1 file migrated"
        if not self.done and not self.failed and not self.cancelled:
            return "Migration refused"
        return f"{self.failed + self.cancelled} of {self.done + self.failed + self.cancelled} files not migrated"


def report_batch(batch_id: str, services: Services, *, requested_by: str | None = None) -> BatchReport:
    """
    Close the batch, publish its end and mail its report; doing it again sends nothing twice.

    Migrations that nobody finished are ended here as failed, so that no file stays held.
    """
    for migration in services.catalog.batch(batch_id):
        fail(migration.migration_id, LOST, services)
    report = _sum_up(batch_id, services.catalog.batch(batch_id), requested_by, services)
    tell(report, "migrate_files", services)
    return report


def tell(report: BatchReport, dag_id: str, services: Services) -> None:
    """Publish the end of a run of *dag_id* and mail its report, once for each run."""
    batch_id = report.batch_id
    if services.catalog.claim_mail(batch_id, services.clock(), MAIL_LEASE_SECONDS):
        mail = _mail(report, dag_id, services)
        services.mailer.send(mail)
        services.catalog.close_batch(batch_id, _events(report, mail))


def _sum_up(
    batch_id: str,
    migrations: Sequence[Migration],
    requested_by: str | None,
    services: Services,
) -> BatchReport:
    states = Counter(migration.state for migration in migrations)
    refusal = services.catalog.refusal(batch_id)
    problems = [
        f"{migration.source.location_id}/{migration.source.key}: {migration.error or migration.state}"
        for migration in migrations
        if migration.state not in (MigrationState.DONE, MigrationState.SWITCHED)
    ]
    if not migrations:
        problems.append(refusal.reason if refusal else "the run ended before it opened a single migration")
    done = states[MigrationState.DONE] + states[MigrationState.SWITCHED]
    by_refusal = refusal.requested_by if refusal else "nobody"
    return BatchReport(
        batch_id=batch_id,
        requested_by=migrations[0].requested_by if migrations else requested_by or by_refusal,
        done=done,
        failed=states[MigrationState.FAILED],
        cancelled=states[MigrationState.CANCELLED] + states[MigrationState.ROLLED_BACK],
        size_bytes=sum(m.size_bytes for m in migrations if m.state is MigrationState.DONE),
        seconds=_seconds(migrations),
        problems=tuple(problems),
    )


def _seconds(migrations: Sequence[Migration]) -> float:
    moments: list[datetime] = [at for migration in migrations for at in migration.timestamps.values()]
    return (max(moments) - min(moments)).total_seconds() if moments else 0.0


def _events(report: BatchReport, mail: Mail) -> list[Event]:
    return [
        MigrationBatchEnded(
            subject=report.batch_id,
            user=report.requested_by,
            data=BatchData(
                done=report.done,
                failed=report.failed,
                cancelled=report.cancelled,
                size_bytes=report.size_bytes,
                seconds=report.seconds,
            ),
        ),
        MailSent(
            subject=report.batch_id,
            user=report.requested_by,
            data=MailData(to=mail.to, title=mail.title, message_id=mail.message_id),
        ),
    ]


def _mail(report: BatchReport, dag_id: str, services: Services) -> Mail:
    link = f"{services.ui_url}/dags/{dag_id}/runs/{report.batch_id}"
    counts = f"{report.done} done, {report.failed} failed, {report.cancelled} cancelled; {report.size_bytes:,} bytes"
    lines = [report.title, "", f"{counts} in {report.seconds:.1f} s.", *(f"- {line}" for line in report.problems)]
    items = "".join(f"<li>{escape(line)}</li>" for line in report.problems)
    digest = hashlib.blake2b(report.batch_id.encode(), digest_size=12).hexdigest()
    return Mail(
        message_id=f"<batch-{digest}@{services.mail_domain}>",
        to=services.mail_address(report.requested_by),
        title=f"CloudFlow: {report.title}",
        text="\n".join([*lines, "", f"The run: {link}", ""]),
        html=(
            f"<h2>{escape(report.title)}</h2><p>{escape(counts)} in {report.seconds:.1f} s.</p>"
            f'<ul>{items}</ul><p><a href="{escape(link, quote=True)}">Open the run</a></p>'
        ),
    )
