"""Build the store behind a location; a vendor's SDK loads here, and only when one of its locations is opened."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import assert_never

from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.errors import AccessDeniedError, UnsupportedError
from cloudflow_lib.ports.bulk import BulkStore
from cloudflow_lib.ports.stores import ObjectStore


def build_store(
    location: Location,
    credential: Credential,
    secret: Mapping[str, str],
    *,
    attempts: int,
    proxy: str | None = None,
) -> ObjectStore:
    """
    Build the one adapter that *location* asks for; nothing is connected before it is used.

    With *proxy*, each of its clients connects through there and nowhere else.

    The secret's fields: S3 `secret_access_key` and perhaps `session_token` (the account is the access
    key id); Azure `account_key` or `sas`; Google `service_account_json`, or nothing for an emulator.
    """
    match location.provider:
        case Provider.S3:
            return _build_s3(location, credential, secret, attempts, proxy)
        case Provider.AZURE:
            return _build_azure(location, credential, secret, attempts, proxy)
        case Provider.GCS:
            return _build_gcs(location, credential, secret, attempts, proxy)
        case Provider.MEMORY:
            from cloudflow_lib.adapters.stores.memory import MemoryStore

            return MemoryStore(location.bucket)
        case _:
            assert_never(location.provider)


def _build_s3(
    location: Location, credential: Credential, secret: Mapping[str, str], attempts: int, proxy: str | None
) -> ObjectStore:
    from cloudflow_lib.adapters.stores.s3 import S3Store

    return S3Store(
        bucket=location.bucket,
        endpoint_url=credential.endpoint_url,
        region=credential.region,
        access_key_id=_required(credential, credential.account, "access key id"),
        secret_access_key=_required(credential, secret.get("secret_access_key"), "secret_access_key"),
        session_token=secret.get("session_token"),
        single_class=location.single_class,
        attempts=attempts,
        proxy=proxy,
    )


def _build_azure(
    location: Location, credential: Credential, secret: Mapping[str, str], attempts: int, proxy: str | None
) -> ObjectStore:
    from cloudflow_lib.adapters.stores.azure_blob import AzureBlobStore

    if not secret.get("sas"):
        _required(credential, secret.get("account_key"), "account_key or sas")
    return AzureBlobStore(
        container=location.bucket,
        account=_required(credential, credential.account, "storage account"),
        account_key=secret.get("account_key"),
        sas=secret.get("sas"),
        endpoint_url=credential.endpoint_url,
        attempts=attempts,
        proxy=proxy,
    )


def _build_gcs(
    location: Location, credential: Credential, secret: Mapping[str, str], attempts: int, proxy: str | None
) -> ObjectStore:
    from cloudflow_lib.adapters.stores.gcs import GcsStore

    key = secret.get("service_account_json")
    if credential.endpoint_url is None:
        _required(credential, key, "service_account_json")
    return GcsStore(
        bucket=location.bucket,
        project=credential.account,
        service_account=_parsed(credential, key) if key else None,
        endpoint_url=credential.endpoint_url,
        single_class=location.single_class,
        attempts=attempts,
        proxy=proxy,
    )


def _required(credential: Credential, value: str | None, name: str) -> str:
    if not value:
        raise AccessDeniedError(f"the credential {credential.credential_id!r} lacks its {name}; save it again")
    return value


def _parsed(credential: Credential, key: str) -> dict[str, str]:
    try:
        parsed = json.loads(key)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise AccessDeniedError(
            f"the service_account_json of credential {credential.credential_id!r} is no JSON object; save it again",
        )
    return parsed


def build_bulk_store(
    location: Location,
    credential: Credential,
    secret: Mapping[str, str],
    *,
    connections: int,
    open_store: Callable[[], ObjectStore],
    proxy: str | None = None,
) -> BulkStore:
    """
    Build the fast path to *location*, from the same fields as `build_store`.

    It loads no SDK; *open_store* opens the other path when a listing needs it. Behind a *proxy* that path is the
    only one.
    """
    if proxy is not None:
        from cloudflow_lib.adapters.stores.bulk_sdk import SdkBulk

        return SdkBulk(open_store(), owns=True)
    match location.provider:
        case Provider.S3:
            from cloudflow_lib.adapters.stores.bulk_s3 import S3Bulk
            from cloudflow_lib.adapters.stores.s3_signing import S3Keys

            return S3Bulk(
                bucket=location.bucket,
                endpoint_url=credential.endpoint_url,
                region=credential.region,
                keys=S3Keys(
                    access_key_id=_required(credential, credential.account, "access key id"),
                    secret_access_key=_required(credential, secret.get("secret_access_key"), "secret_access_key"),
                    session_token=secret.get("session_token"),
                ),
                single_class=location.single_class,
                connections=connections,
                open_lister=open_store,
            )
        case Provider.AZURE:
            return _build_azure_bulk(location, credential, secret, connections, open_store)
        case Provider.GCS:
            return _build_gcs_bulk(location, credential, secret, connections, open_store)
        case Provider.MEMORY:
            raise UnsupportedError("a location in memory has no fast path; copy object by object")
        case _:
            assert_never(location.provider)


def _build_azure_bulk(
    location: Location,
    credential: Credential,
    secret: Mapping[str, str],
    connections: int,
    open_store: Callable[[], ObjectStore],
) -> BulkStore:
    from cloudflow_lib.adapters.stores.bulk_azure import AzureBulk

    if not secret.get("sas"):
        _required(credential, secret.get("account_key"), "account_key or sas")
    return AzureBulk(
        container=location.bucket,
        account=_required(credential, credential.account, "storage account"),
        account_key=secret.get("account_key"),
        sas=secret.get("sas"),
        endpoint_url=credential.endpoint_url,
        connections=connections,
        open_lister=open_store,
    )


def _build_gcs_bulk(
    location: Location,
    credential: Credential,
    secret: Mapping[str, str],
    connections: int,
    open_store: Callable[[], ObjectStore],
) -> BulkStore:
    from cloudflow_lib.adapters.stores.bulk_gcs import GcsBulk

    key = secret.get("service_account_json")
    if credential.endpoint_url is None:
        _required(credential, key, "service_account_json")
    return GcsBulk(
        bucket=location.bucket,
        service_account=_parsed(credential, key) if key else None,
        endpoint_url=credential.endpoint_url,
        single_class=location.single_class,
        connections=connections,
        open_lister=open_store,
    )
