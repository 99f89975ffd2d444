"""
Facts that left the platform: typed, versioned, one Kafka topic per kind of reader.

A fact never changes once published. A changed meaning is a new type with a higher
version; both stay in the union until the last consumer moved. The JSON of a fact uses
the attribute names of CloudEvents 1.0; one golden file per type lies in `tests/events/`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from cloudflow_lib.domain.events.alarms import AccessAnomalyFound, AnomalyData, DataRefused, RefusedData
from cloudflow_lib.domain.events.alerts import AlertChanged, AlertData
from cloudflow_lib.domain.events.costs import ChargeData, CostDayData, CostLineData, CostsChanged
from cloudflow_lib.domain.events.facts import Fact, moment_of_id, new_event_id
from cloudflow_lib.domain.events.files import (
    FileChanged,
    FileData,
    FileDiscovered,
    FileMoved,
    FileNotMoved,
    FileReclassified,
    FileUploaded,
    FileVanished,
    MovedData,
    NotMovedData,
    ReclassifiedData,
    UploadedData,
)
from cloudflow_lib.domain.events.mail import (
    MailData,
    MailRefused,
    MailRequested,
    MailSent,
    MailWishData,
    RefusedMailData,
)
from cloudflow_lib.domain.events.migrations import BatchData, MigrationAdvanced, MigrationBatchEnded, MigrationData
from cloudflow_lib.domain.events.money import (
    AppliedData,
    DismissedData,
    RecommendationApplied,
    RecommendationData,
    RecommendationDismissed,
    RecommendationMade,
)
from cloudflow_lib.domain.events.notifications import NotificationData, NotificationRaised
from cloudflow_lib.domain.events.performance import MeasuredSeries, PerformanceData, PerformanceMeasured

__all__ = [
    "EVENT",
    "AccessAnomalyFound",
    "AlertChanged",
    "AlertData",
    "AnomalyData",
    "AppliedData",
    "BatchData",
    "ChargeData",
    "CostDayData",
    "CostLineData",
    "CostsChanged",
    "DataRefused",
    "DismissedData",
    "Event",
    "Fact",
    "FileChanged",
    "FileData",
    "FileDiscovered",
    "FileMoved",
    "FileNotMoved",
    "FileReclassified",
    "FileUploaded",
    "FileVanished",
    "MailData",
    "MailRefused",
    "MailRequested",
    "MailSent",
    "MailWishData",
    "MeasuredSeries",
    "MigrationAdvanced",
    "MigrationBatchEnded",
    "MigrationData",
    "MovedData",
    "NotMovedData",
    "NotificationData",
    "NotificationRaised",
    "PerformanceData",
    "PerformanceMeasured",
    "ReclassifiedData",
    "RecommendationApplied",
    "RecommendationData",
    "RecommendationDismissed",
    "RecommendationMade",
    "RefusedData",
    "RefusedMailData",
    "UploadedData",
    "moment_of_id",
    "new_event_id",
]

Event = Annotated[
    FileDiscovered
    | FileUploaded
    | FileChanged
    | FileVanished
    | FileMoved
    | FileNotMoved
    | FileReclassified
    | MigrationAdvanced
    | MigrationBatchEnded
    | MailRequested
    | MailSent
    | MailRefused
    | NotificationRaised
    | AccessAnomalyFound
    | DataRefused
    | RecommendationMade
    | RecommendationDismissed
    | RecommendationApplied
    | PerformanceMeasured
    | AlertChanged
    | CostsChanged,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads any fact from JSON; an unknown type or an extra field is an error."""
