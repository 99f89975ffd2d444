"""What the API tells about migrations, and about runs that were started for them."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from cloudflow_lib.domain import migrations
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.workflows.skipped_files import SkipReason
from cloudflow_lib.workflows.start_moves import BatchKind, Started
from cloudflow_plugin.api.context import RunUrl
from cloudflow_plugin.api.fields import Answer, FileId, Handle

DAG = "migrate_files"
WITHOUT_A_RUN = "rollback-"
"""How the batch of a way back begins: it is walked by the API itself."""


class Place(Answer):
    """Where a file lies, or shall lie."""

    location_id: str = Field(examples=["s3-main"])
    name: str = Field(examples=["reports/2026/q1.csv"])
    storage_class: str = Field(examples=["STANDARD_IA"])


class Migration(Answer):
    """One file on its way."""

    migration_id: Handle = Field(examples=["2184cabccdfecc70cd687e3264e5c72d"])
    batch_id: Handle = Field(description="What was started with it.")
    file_id: FileId
    owner: str = Field(examples=["team-docs"])
    requested_by: str
    source: Place
    destination: Place
    size_bytes: int
    state: MigrationState
    copied_bytes: int = Field(description="While it is copied, brought up to date about twice a second.")
    proof: str | None = Field(description="Which independent answer of the destination proved the copy.")
    notes: list[str] = Field(description="What the destination could not hold.")
    error: str | None
    quarantined_until: AwareDatetime | None = Field(description="Until then it can be rolled back.")
    undoes: str | None = Field(description="The migration that this one takes back.")
    timestamps: dict[MigrationState, AwareDatetime] = Field(description="When each state was reached.")
    run_url: str | None = Field(description="The run's page in the Airflow UI; null for a way back.")


class Batch(Answer):
    """One run that was started."""

    batch_id: Handle
    kind: BatchKind = Field(description="`campaign`: in bundles, to be watched at `/campaigns`.")
    run_url: str
    files: int | None = Field(description="Null for a campaign: its first task counts them.")
    size_bytes: int | None


class Skipped(Answer):
    """A file that was not started."""

    file_id: FileId
    reason: SkipReason = Field(
        description="`gone`: the last scan did not find it; `there`: it lies already where it should; "
        "`held`: another move holds it."
    )


class Starting(Answer):
    """What was started."""

    batch_id: Handle = Field(description="The first of `batches`.")
    run_url: str
    batches: list[Batch]
    skipped: list[Skipped] = Field(description="Files that stay where they are, each with its reason.")


def migration_out(one: migrations.Migration, run_url: RunUrl) -> Migration:
    """Return what is told about *one*."""
    has_run = not one.batch_id.startswith(WITHOUT_A_RUN)
    return Migration(
        migration_id=one.migration_id,
        batch_id=one.batch_id,
        file_id=one.file_id,
        owner=one.owner,
        requested_by=one.requested_by,
        source=_place(one.source),
        destination=_place(one.destination),
        size_bytes=one.size_bytes,
        state=one.state,
        copied_bytes=one.copied_bytes,
        proof=one.proof,
        notes=list(one.notes),
        error=one.error,
        quarantined_until=one.quarantined_until,
        undoes=one.undoes,
        timestamps=dict(one.timestamps),
        run_url=run_url(DAG, one.batch_id) if has_run else None,
    )


def starting_out(started: Started) -> Starting:
    """Return what is told about what was started."""
    batches = [
        Batch(
            batch_id=batch.batch_id,
            kind=batch.kind,
            run_url=batch.run_url,
            files=batch.files,
            size_bytes=batch.size_bytes,
        )
        for batch in started.batches
    ]
    first = batches[0]
    skipped = [Skipped(file_id=one.file_id, reason=one.reason) for one in started.skipped]
    return Starting(batch_id=first.batch_id, run_url=first.run_url, batches=batches, skipped=skipped)


def _place(address: migrations.Address) -> Place:
    return Place(location_id=address.location_id, name=address.key, storage_class=address.storage_class)
