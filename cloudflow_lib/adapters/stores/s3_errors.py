"""What S3's error codes mean here; compatible servers and their own codes included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as ConnectionFailedError

from cloudflow_lib.adapters.stores.refusals import kind_of_status, refusal, seconds_to_wait
from cloudflow_lib.adapters.stores.s3_codes import KINDS
from cloudflow_lib.errors import (
    AccessDeniedError,
    CorruptDataError,
    InvalidNameError,
    StoreError,
    StoreUnavailableError,
    UnsupportedError,
)


@contextmanager
def translated(bucket: str, key: str | None, special: Mapping[str, type[StoreError]] | None = None) -> Iterator[None]:
    """Raise S3's errors as ours; *special* says what a code means in this one call."""
    try:
        yield
    except ClientError as error:
        raise _refused(error, bucket, key, special or {}) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise refusal(AccessDeniedError, bucket, key, str(error)) from error
    except (ConnectionFailedError, HTTPClientError, IncompleteReadError) as error:
        raise refusal(StoreUnavailableError, bucket, key, _first_line(error)) from error
    except BotoCoreError as error:
        raise refusal(StoreError, bucket, key, _first_line(error)) from error


def kind_of(code: str, status: int) -> type[StoreError]:
    """Return the error that S3's *code* stands for, or its HTTP *status* where the code is unknown."""
    return KINDS.get(code) or kind_of_status(status)


def _refused(
    error: ClientError,
    bucket: str,
    key: str | None,
    special: Mapping[str, type[StoreError]],
) -> StoreError:
    code = error.response.get("Error", {}).get("Code", "")
    answer = error.response.get("ResponseMetadata")
    status = answer["HTTPStatusCode"] if answer else 0
    headers = answer["HTTPHeaders"] if answer else {}
    kind = special.get(code) or kind_of(code, int(code) if code.isdigit() else status)
    wait = seconds_to_wait(headers.get("retry-after") or headers.get("x-amz-retry-after"))
    detail = code if not code.isdigit() else f"HTTP {code}"
    if kind in {StoreError, UnsupportedError, CorruptDataError, InvalidNameError}:
        detail = f"{detail}: {error.response.get('Error', {}).get('Message', '')}"
    return refusal(kind, bucket, key, detail, retry_after=wait)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
