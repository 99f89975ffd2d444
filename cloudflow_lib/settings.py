"""
The platform's settings: one tree, checked once.

Each value comes from, in this order: an environment variable (`CLOUDFLOW_MONGO__URL`), the file
named by `CLOUDFLOW_CONFIG`, `cloudflow.toml` in the working folder, or the `cloudflow.toml` that
`cloudflow up` wrote into the home of the embedded stack.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from cloudflow_lib.domain.access import OwnTraffic
from cloudflow_lib.domain.classification import Levels, Thresholds
from cloudflow_lib.domain.incoming import UploadLimits


class Section(BaseModel):
    """One part of the tree; an unknown name in it is an error, not a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MongoSettings(Section):
    """The catalogue's server: MongoDB 7 or later, or one that speaks its protocol."""

    url: SecretStr = SecretStr("mongodb://127.0.0.1:27017/?directConnection=true")
    database: str = "cloudflow"
    timeout_ms: int = 20_000


class KafkaSettings(Section):
    """The event bus; *options* are passed to librdkafka as they are (`security.protocol` and so on)."""

    bootstrap_servers: str = "127.0.0.1:9092"
    options: dict[str, str] = Field(default_factory=dict)


class SmtpSettings(Section):
    """The mail server."""

    host: str = "127.0.0.1"
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    user: str | None = None
    password: SecretStr | None = None
    sender: str = "CloudFlow <cloudflow@localhost>"
    timeout_seconds: float = 10.0


class KeyringSettings(Section):
    """Where the AES-256 keys that seal credentials come from: `{key id: base64 of 32 bytes}` in a 0600 file."""

    file: Path = Path("keyring.json")


class AirflowSettings(Section):
    """How the command line reaches Airflow's API."""

    url: str = "http://127.0.0.1:8080"
    user: str = "admin"
    password: SecretStr = SecretStr("")


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


class TransferSettings(Section):
    """Bounds of the mover."""

    part_bytes: int = 16 * 1024 * 1024
    streams_per_object: int = 4
    attempts: int = 4
    """How often one safe call is tried when a store is busy."""


class AccessLogSettings(Section):
    """How the platform's own requests are told from those of people in access logs."""

    own_requesters: tuple[str, ...] = ()
    """Access key ids, user ARNs or principals that nobody but the platform works with."""
    own_user_agents: tuple[str, ...] = ("cloudflow/",)

    def own_traffic(self) -> OwnTraffic:
        """Return both as the domain's value."""
        return OwnTraffic(requesters=frozenset(self.own_requesters), user_agents=self.own_user_agents)


class UploadSettings(Section):
    """What people may send."""

    max_mib: int = Field(default=5 * 1024, ge=1)
    """Of one file in one request."""
    max_resumable_mib: int = Field(default=64 * 1024, ge=1)
    """Of one file in pieces that may be carried on with."""
    max_files: int = Field(default=50, ge=1)
    """In one request."""
    types: tuple[str, ...] = ("*/*",)
    """Patterns of content types that are taken, such as `image/*`."""

    def limits(self) -> UploadLimits:
        """Return them as the domain's value."""
        return UploadLimits(
            max_bytes=self.max_mib * 1024 * 1024,
            max_resumable_bytes=self.max_resumable_mib * 1024 * 1024,
            max_files=self.max_files,
            types=self.types,
        )


class LevelSettings(Section):
    """From how many reads on a file is hot or warm, per window."""

    hot_1h: int
    hot_1d: int
    hot_7d: int
    hot_30d: int
    warm_90d: int


class ClassificationSettings(Section):
    """What makes a file hot, warm or cold; `cloudflow_lib.domain.classification` says why these are the defaults."""

    small: LevelSettings = LevelSettings(hot_1h=4, hot_1d=4, hot_7d=10, hot_30d=30, warm_90d=4)
    large: LevelSettings = LevelSettings(hot_1h=2, hot_1d=2, hot_7d=2, hot_30d=3, warm_90d=2)
    large_mib: int = 128
    hot_within_days: float = 14.0
    warm_within_days: float = 30.0
    new_for_days: float = 7.0
    """How long a new file is warm without a single read; 0 judges it at once."""
    keep: float = 0.6
    """The part of a level that is enough to stay in a tier."""
    needs_logs: bool = True
    """Whether nothing cools down without access logs that prove the silence."""
    logs_late_days: float = 3.0

    def thresholds(self) -> Thresholds:
        """Return them as the domain's value, or raise WrongInputError where they contradict each other."""
        return Thresholds(
            small=Levels(**self.small.model_dump()),
            large=Levels(**self.large.model_dump()),
            large_bytes=self.large_mib * 1024 * 1024,
            hot_within=timedelta(days=self.hot_within_days),
            warm_within=timedelta(days=self.warm_within_days),
            new_for=timedelta(days=self.new_for_days),
            keep=self.keep,
            needs_logs=self.needs_logs,
            logs_late=timedelta(days=self.logs_late_days),
        )


class Settings(BaseSettings):
    """The whole tree."""

    model_config = SettingsConfigDict(
        env_prefix="CLOUDFLOW_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",  # CLOUDFLOW_HOME, CLOUDFLOW_ROLE and others belong to the launcher and the plugin
    )

    mongo: MongoSettings = MongoSettings()
    kafka: KafkaSettings = KafkaSettings()
    smtp: SmtpSettings = SmtpSettings()
    keyring: KeyringSettings = KeyringSettings()
    airflow: AirflowSettings = AirflowSettings()
    api: ApiSettings = ApiSettings()
    transfer: TransferSettings = TransferSettings()
    access_logs: AccessLogSettings = AccessLogSettings()
    classification: ClassificationSettings = ClassificationSettings()
    uploads: UploadSettings = UploadSettings()
    admins: tuple[str, ...] = ("admin",)
    """Users who may migrate everybody's files."""
    mail_addresses: dict[str, str] = Field(default_factory=dict)
    mail_domain: str = "localhost"
    """Users without a known address get mail at `<user>@<mail_domain>`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment above the file, and leave the other sources out."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file())


def home() -> Path:
    """Return the folder of the embedded stack: `CLOUDFLOW_HOME`, or `.cloudflow` in the working folder."""
    return Path(os.environ.get("CLOUDFLOW_HOME", ".cloudflow")).absolute()


def settings_file() -> Path:
    """Return the settings file that applies; it need not exist."""
    if named := os.environ.get("CLOUDFLOW_CONFIG"):
        return Path(named)
    here = Path("cloudflow.toml")
    return here if here.exists() else home() / "cloudflow.toml"
