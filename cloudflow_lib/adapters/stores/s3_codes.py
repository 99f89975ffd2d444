"""What the error codes of S3 and compatible servers mean here; apart from the SDK, which takes long to load."""

from __future__ import annotations

from collections.abc import Mapping

from cloudflow_lib.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CorruptDataError,
    InvalidNameError,
    ObjectArchivedError,
    ObjectChangedError,
    ObjectNotFoundError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    UnsupportedError,
    UploadNotFoundError,
)

CODES_OF: Mapping[type[StoreError], str] = {
    AccessDeniedError: "AccessDenied AccessForbidden AccountProblem AllAccessDisabled AuthorizationHeaderMalformed "
    "ExpiredToken InvalidAccessKeyId InvalidSecurity InvalidToken NotSignedUp RequestTimeTooSkewed "
    "SignatureDoesNotMatch TokenRefreshRequired UnauthorizedAccess XAdminAccessDenied",
    BucketNotFoundError: "NoSuchBucket InvalidBucketName",
    CorruptDataError: "BadDigest IncompleteBody InvalidDigest InvalidPart InvalidPartOrder InvalidRange "
    "XAmzContentChecksumMismatch XAmzContentSHA256Mismatch",
    InvalidNameError: "DirectoryObjectContainsData ExistingObjectIsDirectory InvalidURI KeyTooLongError "
    "ObjectParentIsFile XMinioInvalidObjectName XMinioParentIsObject",
    ObjectArchivedError: "InvalidObjectState",
    ObjectChangedError: "PreconditionFailed",
    ObjectNotFoundError: "NoSuchKey NoSuchVersion",
    StoreFullError: "InsufficientStorage QuotaExceeded XMinioAdminBucketQuotaExceeded XMinioStorageFull",
    StoreUnavailableError: "BandwidthLimitExceeded ConditionalRequestConflict InternalError OperationAborted "
    "RequestLimitExceeded RequestTimeout RequestTimeoutException ServiceUnavailable SlowDown Throttling "
    "ThrottlingException TooManyRequests",
    UnsupportedError: "EntityTooLarge InvalidStorageClass InvalidTag MetadataTooLarge MethodNotAllowed NotImplemented",
    UploadNotFoundError: "NoSuchUpload",
}
KINDS: Mapping[str, type[StoreError]] = {code: kind for kind, codes in CODES_OF.items() for code in codes.split()}
