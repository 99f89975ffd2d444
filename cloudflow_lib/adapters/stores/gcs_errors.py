"""What the errors of Google Cloud Storage mean here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests.exceptions
from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError, TransportError
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse

from cloudflow_lib.adapters.stores.refusals import kind_of_status, refusal, seconds_to_wait
from cloudflow_lib.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CorruptDataError,
    InvalidNameError,
    ObjectNotFoundError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    UnsupportedError,
)

KINDS: Mapping[str, type[StoreError]] = {
    "insufficientStorage": StoreFullError,
    "quotaExceeded": StoreFullError,
    "rateLimitExceeded": StoreUnavailableError,
    "userRateLimitExceeded": StoreUnavailableError,
    "NoSuchBucket": BucketNotFoundError,
    "InvalidObjectName": InvalidNameError,
}
"""Google's reasons (of the JSON API) and codes (of the XML API) that tell more than their HTTP status."""
EXPLAINED = frozenset({StoreError, UnsupportedError, CorruptDataError, InvalidNameError})
BAD_REQUEST = 400
REASON = re.compile(r'"reason":\s*"(\w+)"')


@contextmanager
def translated(bucket: str, key: str | None, special: Mapping[int, type[StoreError]] | None = None) -> Iterator[None]:
    """Raise Google's errors as ours; *special* says what a status means in this one call."""
    try:
        yield
    except GoogleAPICallError as error:
        raise _refused(error, bucket, key, special or {}) from error
    except InvalidResponse as error:
        answer = error.response
        raise _of_status(answer.status_code, answer.text, bucket, key, answer.headers, special or {}) from error
    except DataCorruption as error:
        raise refusal(CorruptDataError, bucket, key, _first_line(error)) from error
    except TransportError as error:
        raise refusal(StoreUnavailableError, bucket, key, _first_line(error)) from error
    except GoogleAuthError as error:
        raise refusal(AccessDeniedError, bucket, key, _first_line(error)) from error
    except (requests.exceptions.RequestException, ConnectionError, TimeoutError) as error:
        raise refusal(StoreUnavailableError, bucket, key, _first_line(error)) from error


def _refused(
    error: GoogleAPICallError,
    bucket: str,
    key: str | None,
    special: Mapping[int, type[StoreError]],
) -> StoreError:
    reasons = [entry.get("reason", "") for entry in error.errors if isinstance(entry, dict)]
    for reason in (*reasons, *REASON.findall(str(error))):  # uploads bring them in the text only
        if reason in KINDS:
            return refusal(KINDS[reason], bucket, key, reason)
    headers = getattr(error.response, "headers", {})
    return _of_status(int(error.code or 0), str(error), bucket, key, headers, special)


def _of_status(
    status: int,
    text: str,
    bucket: str,
    key: str | None,
    headers: Mapping[str, str],
    special: Mapping[int, type[StoreError]],
) -> StoreError:
    kind = special.get(status) or kind_of_status(status)
    if kind is ObjectNotFoundError and "bucket does not exist" in text:
        kind = BucketNotFoundError
    if status == BAD_REQUEST and "doesn't match calculated" in text:
        kind = CorruptDataError  # how Google refuses a checksum
    line = text.splitlines()[0] if text else ""
    detail = f"HTTP {status}: {line}" if kind in EXPLAINED else f"HTTP {status}"
    return refusal(kind, bucket, key, detail, retry_after=seconds_to_wait(headers.get("Retry-After")))


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
