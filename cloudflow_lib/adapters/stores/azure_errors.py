"""The errors of Azure's SDK as ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError

from cloudflow_lib.adapters.stores.azure_codes import KINDS
from cloudflow_lib.adapters.stores.refusals import kind_of_status, refusal, seconds_to_wait
from cloudflow_lib.errors import (
    CorruptDataError,
    InvalidNameError,
    StoreError,
    StoreUnavailableError,
    UnsupportedError,
)

EXPLAINED = frozenset({StoreError, UnsupportedError, CorruptDataError, InvalidNameError})
"""For these the code alone does not tell what to do."""


@contextmanager
def translated(bucket: str, key: str | None) -> Iterator[None]:
    """Raise Azure's errors as ours."""
    try:
        yield
    except HttpResponseError as error:
        raise _refused(error, bucket, key) from error
    except (ServiceRequestError, ServiceResponseError) as error:
        raise refusal(StoreUnavailableError, bucket, key, _first_line(error)) from error
    except AzureError as error:
        raise refusal(StoreError, bucket, key, _first_line(error)) from error


def _refused(error: HttpResponseError, bucket: str, key: str | None) -> StoreError:
    named = getattr(error, "error_code", None)
    code = str(getattr(named, "value", named) or "")
    status = error.status_code
    kind = KINDS.get(code) or (kind_of_status(status) if status else StoreUnavailableError)
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    detail = code or (f"HTTP {status}" if status else _first_line(error))
    if kind in EXPLAINED:
        detail = f"{detail}: {_first_line(error)}"
    return refusal(kind, bucket, key, detail, retry_after=seconds_to_wait(headers.get("Retry-After")))


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
