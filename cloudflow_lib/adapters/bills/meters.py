"""What providers call their meters on a bill -> what price books call them."""

from __future__ import annotations

import re

from cloudflow_lib.domain.bills import MeterName
from cloudflow_lib.domain.prices import ACCOUNT, Meter

REGION = re.compile(r"^(?!MRAP-)[A-Z]{2,4}\d?-")
AWS_CLASSES = {
    "": "STANDARD",
    "SIA": "STANDARD_IA",
    "ZIA": "ONEZONE_IA",
    "GIR": "GLACIER_IR",
    "GDA": "DEEP_ARCHIVE",
    "INT": "INTELLIGENT_TIERING",
    "Glacier": "GLACIER",
}
AWS_STEPS = {
    "INT-FA": "frequent",
    "INT-IA": "infrequent",
    "INT-AIA": "archive_instant",
    "INT-AA": "archive",
    "INT-DAA": "deep_archive",
}
TIMED = re.compile(
    r"^(?:TimedStorage|EarlyDelete)-?(?:(SIA|ZIA|GIR|GDA)-?|(INT-[A-Z]+)-|(Glacier))?(?:ByteHrs|SmObjects)?$"
)
EARLY_GLACIER = "EarlyDelete-ByteHrs"
"""The one early deletion without letters: S3 Glacier, as its flexible retrieval was called then."""
REQUESTS = re.compile(r"^Requests-(?:(SIA|ZIA|GIR|GDA|INT)-)?Tier([1-4])$")
AWS_REQUESTS = {"1": Meter.WRITE, "2": Meter.READ}
AWS_OTHERS = {
    **{f"Retrieval-{letters}": MeterName(AWS_CLASSES[letters], Meter.RETRIEVAL) for letters in ("SIA", "ZIA", "GIR")},
    "Monitoring-Automation-INT": MeterName("INTELLIGENT_TIERING", Meter.MONITORING),
    "DataTransfer-Out-Bytes": MeterName(ACCOUNT, Meter.EGRESS),
}
GLACIER_RETRIEVAL = re.compile(r"^(Standard|Bulk|Expedited)-Retrieval-Bytes$")


def aws_meter(usage_type: str) -> MeterName | None:
    """Return the meter of a usage type such as `EUC1-TimedStorage-SIA-ByteHrs`; None for one that has no price here."""
    kind = usage_type if usage_type.startswith(("TimedStorage", "Requests")) else REGION.sub("", usage_type)
    if found := TIMED.match(kind):
        letters, step, glacier = found.groups()
        if step:
            return MeterName("INTELLIGENT_TIERING", Meter.STORAGE, AWS_STEPS[step]) if step in AWS_STEPS else None
        plain = "Glacier" if kind == EARLY_GLACIER else ""
        return MeterName(AWS_CLASSES[letters or glacier or plain], Meter.STORAGE)
    if (found := REQUESTS.match(kind)) and found[2] in AWS_REQUESTS:
        return MeterName(AWS_CLASSES[found[1] or ""], AWS_REQUESTS[found[2]])
    if found := GLACIER_RETRIEVAL.match(kind):
        speed = found[1].lower()
        return MeterName("GLACIER", Meter.RETRIEVAL, "" if speed == "standard" else speed)
    return AWS_OTHERS.get(kind)


AZURE = re.compile(
    r"^(Hot|Cool|Cold|Archive) (?:LRS )?(Data Stored|(?:All )?Write Operations|Read Operations|Data Retrieval)$"
)
AZURE_METERS = {
    "Data Stored": Meter.STORAGE,
    "Write Operations": Meter.WRITE,
    "All Write Operations": Meter.WRITE,
    "Read Operations": Meter.READ,
    "Data Retrieval": Meter.RETRIEVAL,
}


def azure_meter(name: str) -> MeterName | None:
    """Return the meter of a name such as `Cool LRS Data Stored`; other redundancies have other prices."""
    found = AZURE.match(name)
    return MeterName(found[1], AZURE_METERS[found[2]]) if found else None


GCS_STORED = re.compile(r"^(Standard|Nearline|Coldline|Archive) Storage\b(?!.*(?:Dual|Multi)-region)")
GCS_REQUESTS = re.compile(r"^(?:Regional )?(Standard|Nearline|Coldline|Archive) Class (A|B) Operations\b")
GCS_RETRIEVAL = re.compile(r"^(Nearline|Coldline|Archive) (?:Storage )?(?:Data )?Retrieval\b", re.IGNORECASE)


def gcs_meter(description: str) -> MeterName | None:
    """Return the meter of a description such as `Nearline Storage Belgium`; more regions at once cost otherwise."""
    if found := GCS_STORED.match(description):
        return MeterName(found[1].upper(), Meter.STORAGE)
    if found := GCS_REQUESTS.match(description):
        return MeterName(found[1].upper(), Meter.WRITE if found[2] == "A" else Meter.READ)
    if found := GCS_RETRIEVAL.match(description):
        return MeterName(found[1].upper(), Meter.RETRIEVAL)
    return None
