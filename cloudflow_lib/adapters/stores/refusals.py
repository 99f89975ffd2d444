"""One wording for every refusal, whatever the provider calls it: what happened, where, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cloudflow_lib.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CorruptDataError,
    InvalidNameError,
    ObjectArchivedError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    UnsupportedError,
    UploadNotFoundError,
)

ADVICE: Mapping[type[StoreError], str] = {
    AccessDeniedError: "access denied; check the location's credential and its permissions",
    BucketNotFoundError: "there is no such bucket; create it or correct the location",
    CorruptDataError: "what arrived is not what was sent; try again",
    InvalidNameError: "the store does not allow this name; choose another one",
    ObjectArchivedError: "the object lies in an archive class; restore it first",
    ObjectChangedError: "the object is another version now; scan the location again",
    ObjectExistsError: "there is an object of this name already; remove it or choose another name",
    ObjectNotFoundError: "there is no such object; scan the location again",
    StoreError: "the store refused the call",
    StoreFullError: "the store has no room or quota left; make room or choose another destination",
    StoreUnavailableError: "the store is busy or unreachable; try again later",
    UnsupportedError: "the store cannot do this",
    UploadNotFoundError: "the upload is finished, aborted or expired; start it again",
}

QUERY = re.compile(r"\?[^\s'\"<>]+")
"""Of an address in a library's words; the signature of a SAS stands in it, or one that opens a single object."""
FIRST_SERVER_ERROR = 500
BY_STATUS: Mapping[int, type[StoreError]] = {
    401: AccessDeniedError,
    403: AccessDeniedError,
    404: ObjectNotFoundError,
    405: UnsupportedError,
    408: StoreUnavailableError,
    412: ObjectChangedError,
    416: CorruptDataError,
    429: StoreUnavailableError,
    501: UnsupportedError,
    507: StoreFullError,
}
"""What a bare HTTP status means where the store names no code that tells more."""


def kind_of_status(status: int) -> type[StoreError]:
    """Return the error a bare HTTP *status* stands for."""
    return BY_STATUS.get(status) or (StoreUnavailableError if status >= FIRST_SERVER_ERROR else StoreError)


def refusal(
    kind: type[StoreError],
    bucket: str,
    key: str | None,
    detail: str,
    *,
    retry_after: float | None = None,
) -> StoreError:
    """Return the error to raise, worded for the person who has to act on it."""
    place = bucket if key is None else f"{bucket}/{key}"
    error = kind(f"{place}: {ADVICE[kind]} ({QUERY.sub('?…', detail)})")
    if isinstance(error, StoreUnavailableError):
        error.retry_after = retry_after
    return error


def seconds_to_wait(header: str | None) -> float | None:
    """Return the seconds of a Retry-After header; its rare form with a date counts as absent."""
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
