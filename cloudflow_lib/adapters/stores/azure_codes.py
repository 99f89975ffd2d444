"""What Azure's error codes mean here; apart from the SDK, which takes long to load."""

from __future__ import annotations

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
