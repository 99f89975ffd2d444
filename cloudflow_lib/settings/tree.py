"""
The platform's settings: one tree, checked once.

Each value comes from, in this order: an environment variable (`CLOUDFLOW_MONGO__URL`), the file
named by `CLOUDFLOW_CONFIG`, `cloudflow.toml` in the working folder, or the `cloudflow.toml` that
`cloudflow up` wrote into the home of the embedded stack.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.settings.advising import AdviceSettings, PriceSettings
from cloudflow_lib.settings.alerting import AlertSettings
from cloudflow_lib.settings.judging import AccessLogSettings, ClassificationSettings
from cloudflow_lib.settings.learning import LearningSettings
from cloudflow_lib.settings.moving import TransferSettings
from cloudflow_lib.settings.servers import (
    AirflowSettings,
    KafkaSettings,
    KeyringSettings,
    MongoSettings,
    NetworkSettings,
    SmtpSettings,
)
from cloudflow_lib.settings.serving import ApiSettings, UploadSettings


class Settings(BaseSettings):
    """The whole tree."""

    model_config = SettingsConfigDict(
        env_prefix="CLOUDFLOW_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",  # in the file; variables of other names, such as CLOUDFLOW_HOME, are not looked at
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
    prices: PriceSettings = PriceSettings()
    advice: AdviceSettings = AdviceSettings()
    learning: LearningSettings = LearningSettings()
    uploads: UploadSettings = UploadSettings()
    network: NetworkSettings = NetworkSettings()
    alerts: AlertSettings = AlertSettings()
    admins: tuple[str, ...] = ("admin",)
    """Users who may see and change everybody's things, beside those whose role in Airflow says so."""
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
        file = settings_file()
        # The source takes what is no file for an empty one; /dev/null says so on purpose.
        if os.environ.get("CLOUDFLOW_CONFIG") and (file.is_dir() or not file.exists()):
            raise FileNotFoundError("CLOUDFLOW_CONFIG names no file")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)


def read_settings() -> Settings:
    """Return the settings that apply; WrongInputError tells which one is wrong, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name, wrong = ".".join(str(part) for part in first["loc"]), first["msg"].lower()
    except SettingsError as error:
        name, wrong = str(error), "it is no JSON"
    except (OSError, ValueError) as error:  # of the file: it cannot be read, or it is no TOML
        name, wrong = "all of them", str(error)
    raise WrongInputError(f"wrong settings, {name}: {wrong}; look at CLOUDFLOW_* and {settings_file()}")


def home() -> Path:
    """Return the folder of the embedded stack: `CLOUDFLOW_HOME`, or `.cloudflow` in the working folder."""
    return Path(os.environ.get("CLOUDFLOW_HOME") or ".cloudflow").absolute()


def settings_file() -> Path:
    """Return the settings file that applies; unless `CLOUDFLOW_CONFIG` names it, it need not exist."""
    if named := os.environ.get("CLOUDFLOW_CONFIG"):
        return Path(named)
    here = Path("cloudflow.toml")
    return here if here.exists() else home() / "cloudflow.toml"
