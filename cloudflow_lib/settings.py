"""
The platform's settings: one tree, checked once.

Each value comes from, in this order: an environment variable (`CLOUDFLOW_MONGO__URL`), the file
named by `CLOUDFLOW_CONFIG`, `cloudflow.toml` in the working folder, or the `cloudflow.toml` that
`cloudflow up` wrote into the home of the embedded stack.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


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


class TransferSettings(Section):
    """Bounds of the mover."""

    part_bytes: int = 16 * 1024 * 1024
    streams_per_object: int = 4
    attempts: int = 4
    """How often one safe call is tried when a store is busy."""


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
    transfer: TransferSettings = TransferSettings()
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
