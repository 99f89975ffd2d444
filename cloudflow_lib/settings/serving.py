"""What the API lets people do, and how much of it."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, SecretStr

from cloudflow_lib.domain.incoming import UploadLimits
from cloudflow_lib.settings.sections import Section


class LimitSettings(Section):
    """How often something may be asked for, such as `5/minute;50/hour`; an empty text is no limit."""

    login_per_user: str = "5/minute;50/hour"
    login_per_address: str = "30/minute;300/hour"
    refresh_per_address: str = "120/minute"
    upload_per_user: str = "600/minute"
    upload_per_address: str = "6000/minute"
    writes_per_user: str = "600/minute"
    writes_per_address: str = "6000/minute"
    storage: str = "memory://"
    """Where is counted, as `limits` names it: several API processes need a common place, such as `redis://...`."""


class LiveSettings(Section):
    """The event streams."""

    recheck_seconds: float = Field(default=60.0, gt=0)
    """How often a stream asks again whether its token is still good."""
    ping_seconds: float = Field(default=15.0, gt=0)
    """How often a silent stream shows that it is there, so that no proxy ends it."""
    kept_events: int = Field(default=20_000, ge=1)
    """How many events are kept in memory for those who come back; older ones are read from Kafka."""
    waiting_events: int = Field(default=2_000, ge=1)
    """How far a stream may fall behind before it is ended."""
    streams: int = Field(default=5_000, ge=1)
    """Of one API process."""
    streams_per_user: int = Field(default=100, ge=1)


class ApiSettings(Section):
    """The REST API and the live events."""

    origins: tuple[str, ...] = ()
    """Other sites (`https://host`) whose pages may use the API with a person's sign-in; our own always may."""
    metrics_token: SecretStr | None = None
    """Who shows this bearer token may read `/metrics`; without it only administrators may."""
    body_bytes: int = 1024 * 1024
    """How large a request may be that carries no file."""
    access_minutes: float = 15.0
    refresh_days: float = 14.0
    idempotency_hours: float = 24.0
    """How long the answer to a write is kept for the `Idempotency-Key` it was sent with."""
    limits: LimitSettings = LimitSettings()
    live: LiveSettings = LiveSettings()


class UploadSettings(Section):
    """What people may send."""

    max_mib: int = Field(default=5 * 1024, ge=1)
    """Of one file in one request."""
    max_resumable_mib: int = Field(default=64 * 1024, ge=1)
    """Of one file in pieces that may be carried on with."""
    max_files: int = Field(default=50, ge=1)
    """In one request."""
    max_open: int = Field(default=50, ge=1)
    """Unfinished ones of a user, in pieces that may be carried on with."""
    resumable_hours: float = Field(default=24.0, gt=0)
    """How long such a one waits for its next piece."""
    types: tuple[str, ...] = ("*/*",)
    """Patterns of content types that are taken, such as `image/*`."""

    def limits(self) -> UploadLimits:
        """Return them as the domain's value."""
        return UploadLimits(
            max_bytes=self.max_mib * 1024 * 1024,
            max_resumable_bytes=self.max_resumable_mib * 1024 * 1024,
            max_files=self.max_files,
            max_open=self.max_open,
            resumable_for=timedelta(hours=self.resumable_hours),
            types=self.types,
        )
