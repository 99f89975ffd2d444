"""What Azure's error codes mean here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError

from cloudflow_lib.adapters.stores.refusals import kind_of_status, refusal, seconds_to_wait
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

CODES_OF: Mapping[type[StoreError], str] = {
    AccessDeniedError: "AccountIsDisabled AuthenticationFailed AuthorizationFailure AuthorizationPermissionMismatch "
    "AuthorizationProtocolMismatch AuthorizationResourceTypeMismatch AuthorizationServiceMismatch "
    "AuthorizationSourceIPMismatch BlobImmutableDueToPolicy InsufficientAccountPermissions "
    "InvalidAuthenticationInfo KeyBasedAuthenticationNotPermitted NoAuthenticationInformation "
    "PublicAccessNotPermitted",
    BucketNotFoundError: "ContainerBeingDeleted ContainerDisabled ContainerNotFound",
    CorruptDataError: "Crc64Mismatch InvalidCrc64 InvalidMd5 InvalidRange Md5Mismatch",
    InvalidNameError: "InvalidResourceName InvalidUri",
    ObjectArchivedError: "BlobArchived BlobBeingRehydrated",
    ObjectChangedError: "ConditionNotMet SourceConditionNotMet TargetConditionNotMet",
    ObjectExistsError: "BlobAlreadyExists ResourceAlreadyExists",
    ObjectNotFoundError: "BlobNotFound CannotVerifyCopySource ResourceNotFound",
    StoreError: "LeaseIdMissing LeaseIdMismatchWithBlobOperation PendingCopyOperation SnapshotsPresent",
    StoreFullError: "AccountCapacityExceeded AccountLimitExceeded InsufficientStorage QuotaExceeded",
    StoreUnavailableError: "InternalError OperationTimedOut ServerBusy",
    UnsupportedError: "BlobTierInadequateForContentLength BlockCountExceedsLimit EmptyMetadataKey "
    "FeatureNotSupportedForAccount InvalidBlobTier InvalidMetadata MetadataTooLarge RequestBodyTooLarge "
    "TagsTooLarge UnsupportedHeader",
    UploadNotFoundError: "InvalidBlockList",
}
KINDS: Mapping[str, type[StoreError]] = {code: kind for kind, codes in CODES_OF.items() for code in codes.split()}
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
