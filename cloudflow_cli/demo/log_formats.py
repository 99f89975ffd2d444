"""Write requests the way Amazon, Microsoft and Google write them into access logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from cloudflow_lib.domain.locations import Provider

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ACCOUNT = "acmestore"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
S3_LIST, AZURE_LIST, GCS_LIST = "list-type=2&prefix=", "restype=container&comp=list", "prefix="
GCS_HEADER = (
    '"time_micros","c_ip","c_ip_type","c_ip_region","cs_method","cs_uri","sc_status","cs_bytes","sc_bytes",'
    '"time_taken_micros","cs_host","cs_referer","cs_user_agent","s_request_id","cs_operation","cs_bucket","cs_object"\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request that a provider would have logged."""

    at: datetime
    method: str
    """`GET`, `HEAD`, or `LIST` for a listing of the bucket."""
    bucket: str
    key: str
    size_bytes: int
    sent_bytes: int
    status: int
    who: str
    agent: str
    request_id: str


def s3_line(request: Request) -> str:
    """Return a line of a server access log; the key is encoded twice."""
    at = request.at
    when = f"{at.day:02}/{MONTHS[at.month - 1]}/{at.year}:{at:%H:%M:%S} +0000"
    is_list = request.method == "LIST"
    operation = "REST.GET.BUCKET" if is_list else f"REST.{request.method}.OBJECT"
    key = "-" if is_list else quote(quote(request.key))
    path = f"?{S3_LIST}" if is_list else f"/{quote(request.key)}"
    verb = "GET" if is_list else request.method
    return (
        f"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be {request.bucket} [{when}] 192.0.2.3 "
        f"arn:aws:iam::111122223333:role/{request.who} {request.request_id} {operation} {key} "
        f'"{verb} /{request.bucket}{path} HTTP/1.1" {request.status} - {request.sent_bytes or "-"} '
        f'{"-" if is_list else request.size_bytes} 41 28 "-" "{request.agent}" - hostid= SigV4 '
        "ECDHE-RSA-AES128-GCM-SHA256 AuthHeader s3.eu-central-1.amazonaws.com TLSv1.3 - -\n"
    )


def azure_line(request: Request) -> str:
    """Return a line of a classic storage log; what may hold a semicolon is quoted and HTML-encoded."""
    is_list = request.method == "LIST"
    operation = {"LIST": "ListBlobs", "HEAD": "GetBlobProperties", "GET": "GetBlob"}[request.method]
    path = f"?{AZURE_LIST}" if is_list else f"/{quote(request.key)}"
    url = escape(f"https://{ACCOUNT}.blob.core.windows.net/{request.bucket}{path}")
    name = escape(f"/{ACCOUNT}/{request.bucket}" + ("" if is_list else f"/{request.key}"))
    status = "Success" if request.status < 300 else "ConditionNotMetError"  # noqa: PLR2004  # the rest is 304 here
    return (
        f"1.0;{request.at:%Y-%m-%dT%H:%M:%S.%f}0Z;{operation};{status};{request.status};13;12;authenticated;{ACCOUNT};"
        f'{ACCOUNT};blob;"{url}";"{name}";{request.request_id};0;192.0.2.4:4362;2026-02-06;538;0;261;'
        f'{request.sent_bytes};0;;;"&quot;0x8D15A2DBF11553E&quot;";Thursday, 19-Nov-26 23:31:36 GMT;;'
        f'"{escape(request.agent)}";;"{request.request_id}-client"\n'
    )


def gcs_line(request: Request) -> str:
    """Return a line of a usage log; it names nobody."""
    is_list = request.method == "LIST"
    operation = "GET_Bucket" if is_list else f"{request.method}_Object"
    uri = f"/{request.bucket}" + (f"?{GCS_LIST}" if is_list else f"/{quote(request.key)}")
    micros = (
        (request.at - EPOCH).days * 86_400_000_000 + (request.at - EPOCH).seconds * 1_000_000 + request.at.microsecond
    )
    fields = (
        *(micros, "203.0.113.7", 1, "", "GET" if is_list else request.method, uri, request.status, 0),
        *(request.sent_bytes, 120000, "storage.googleapis.com", "", request.agent, request.request_id, operation),
        *(request.bucket, "" if is_list else request.key),
    )
    return ",".join('"' + str(field).replace('"', '""') + '"' for field in fields) + "\n"


def s3_log(hour: datetime, unique: str) -> str:
    """Return the name of the log delivered for a day."""
    return f"access.log-{hour:%Y-%m-%d}-23-59-59-{unique}"


def azure_log(hour: datetime, unique: str) -> str:
    """Return the name of the log of an hour, by the hour in which requests ended."""
    del unique
    return f"$logs/blob/{hour:%Y/%m/%d/%H}00/000000.log"


def gcs_log(hour: datetime, unique: str) -> str:
    """Return the name of the usage log of a day."""
    return f"access.log_usage_{hour:%Y_%m_%d}_23_00_00_{unique.lower()}_v0"


@dataclass(frozen=True, slots=True)
class Format:
    """One provider's way of logging."""

    line: Callable[[Request], str]
    log_name: Callable[[datetime, str], str]
    header: str = ""


FORMATS: Mapping[Provider, Format] = {
    Provider.S3: Format(s3_line, s3_log),
    Provider.AZURE: Format(azure_line, azure_log),
    Provider.GCS: Format(gcs_line, gcs_log, GCS_HEADER),
}
