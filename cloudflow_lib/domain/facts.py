"""How values of the domain become the events that tell of them."""

from __future__ import annotations

from datetime import datetime

from cloudflow_lib.domain.events import (
    AppliedData,
    DismissedData,
    FileData,
    FileUploaded,
    FileVanished,
    MigrationAdvanced,
    MigrationData,
    RecommendationApplied,
    RecommendationData,
    RecommendationDismissed,
    RecommendationMade,
    UploadedData,
    new_event_id,
)
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.migrations import Digest, Migration, MigrationState
from cloudflow_lib.domain.recommendations import Recommendation


def file_data(file: CatalogFile) -> FileData:
    """Return what events say about *file*."""
    return FileData(
        location_id=file.location_id,
        key=file.key,
        size_bytes=file.size_bytes,
        storage_class=file.storage_class,
    )


def file_uploaded(
    file: CatalogFile, digest: Digest, proof: str, *, file_id: str | None = None, event_id: str | None = None
) -> FileUploaded:
    """Return the fact that *file* was sent and stored, perhaps as a new version of the one called *file_id*."""
    return FileUploaded(
        id=event_id or new_event_id(),
        subject=file_id or file.file_id,
        user=file.owner,
        data=UploadedData(
            location_id=file.location_id,
            key=file.key,
            size_bytes=file.size_bytes,
            storage_class=file.storage_class,
            content_type=file.content_type,
            tier=file.tier,
            checksums={kind.value: value for kind, value in digest.checksums.items()},
            proof=proof,
        ),
    )


def file_vanished(file: CatalogFile) -> FileVanished:
    """Return the fact that *file* is no longer where it was."""
    return FileVanished(subject=file.file_id, user=file.owner, data=file_data(file))


def migration_advanced(migration: Migration) -> MigrationAdvanced:
    """Return the fact that *migration* stands where it stands now."""
    return MigrationAdvanced(
        subject=migration.migration_id,
        user=migration.owner,
        data=MigrationData(
            batch_id=migration.batch_id,
            file_id=migration.file_id,
            state=migration.state,
            source_location=migration.source.location_id,
            source_key=migration.source.key,
            source_class=migration.source.storage_class,
            destination_location=migration.destination.location_id,
            destination_key=migration.destination.key,
            destination_class=migration.destination.storage_class,
            size_bytes=migration.size_bytes,
            proof=migration.proof,
            error=migration.error,
            seconds=_seconds(migration),
            quarantined_until=migration.quarantined_until,
        ),
    )


def recommendation_made(one: Recommendation) -> RecommendationMade:
    """Return the fact that a move was recommended."""
    return RecommendationMade(
        time=one.created_at,
        subject=one.recommendation_id,
        user=one.owner,
        data=RecommendationData(
            file_id=one.file_id,
            source_location=one.source.location_id,
            source_class=one.source.storage_class,
            destination_location=one.destination.location_id,
            destination_class=one.destination.storage_class,
            size_bytes=one.size_bytes,
            saves_per_month=one.saves_per_month,
            once=one.once_usd,
            pays_back_days=one.pays_back_days,
            reasons=tuple(reason.code for reason in one.reasons),
            model=one.judgement.model,
            price_book=one.judgement.price_book,
        ),
    )


def recommendation_dismissed(one: Recommendation, user: str, at: datetime) -> RecommendationDismissed:
    """Return the fact that *user* does not want to hear of it."""
    return RecommendationDismissed(
        time=at,
        subject=one.recommendation_id,
        user=one.owner,
        data=DismissedData(file_id=one.file_id, dismissed_by=user, until=one.dismissed_until or at),
    )


def recommendation_applied(one: Recommendation, user: str, at: datetime) -> RecommendationApplied:
    """Return the fact that a run which moves the file was started."""
    return RecommendationApplied(
        time=at,
        subject=one.recommendation_id,
        user=one.owner,
        data=AppliedData(
            file_id=one.file_id,
            applied_by=user,
            batch_id=one.batch_id or "",
            saves_per_month=one.saves_per_month,
            once=one.once_usd,
        ),
    )


def _seconds(migration: Migration) -> dict[MigrationState, float]:
    begun = migration.timestamps.get(MigrationState.QUEUED)
    if begun is None:
        return {}
    reached = {state: (at - begun).total_seconds() for state, at in migration.timestamps.items()}
    return {state: seconds for state, seconds in reached.items() if seconds >= 0}  # a retry was queued later
