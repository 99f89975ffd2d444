"""The platform's settings: one tree, checked once."""

from __future__ import annotations

from cloudflow_lib.settings.advising import AdviceSettings, PriceSettings
from cloudflow_lib.settings.alerting import AlertSettings
from cloudflow_lib.settings.judging import AccessLogSettings, ClassificationSettings, LevelSettings
from cloudflow_lib.settings.learning import LearningSettings
from cloudflow_lib.settings.moving import TransferSettings
from cloudflow_lib.settings.sections import Section
from cloudflow_lib.settings.servers import (
    AirflowSettings,
    KafkaSettings,
    KeyringSettings,
    MongoSettings,
    NetworkSettings,
    SmtpSettings,
)
from cloudflow_lib.settings.serving import ApiSettings, LimitSettings, LiveSettings, UploadSettings
from cloudflow_lib.settings.tree import Settings, home, read_settings, settings_file

__all__ = [
    "AccessLogSettings",
    "AdviceSettings",
    "AirflowSettings",
    "AlertSettings",
    "ApiSettings",
    "ClassificationSettings",
    "KafkaSettings",
    "KeyringSettings",
    "LearningSettings",
    "LevelSettings",
    "LimitSettings",
    "LiveSettings",
    "MongoSettings",
    "NetworkSettings",
    "PriceSettings",
    "Section",
    "Settings",
    "SmtpSettings",
    "TransferSettings",
    "UploadSettings",
    "home",
    "read_settings",
    "settings_file",
]
