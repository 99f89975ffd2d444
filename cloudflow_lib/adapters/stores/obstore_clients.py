"""The obstore client of each provider, configured in one place for both paths to a store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import obstore.exceptions
from obstore.store import AzureStore, GCSStore, S3Store

from cloudflow_lib.adapters.stores.obstore_reads import RETRIES_OFF
from cloudflow_lib.errors import AccessDeniedError

if TYPE_CHECKING:
    from obstore.store import AzureConfig, ClientConfig, GCSConfig, S3Config

    from cloudflow_lib.adapters.stores.s3_signing import S3Keys


def open_s3(
    bucket: str,
    keys: S3Keys,
    options: ClientConfig,
    *,
    endpoint_url: str | None,
    region: str | None,
    signs_payload: bool = True,
) -> S3Store:
    """Return the client of an S3 bucket; without an endpoint, at Amazon."""
    config: S3Config = {
        "region": region or "us-east-1",
        "access_key_id": keys.access_key_id,
        "secret_access_key": keys.secret_access_key,
        "virtual_hosted_style_request": endpoint_url is None and "." not in bucket,
        "unsigned_payload": not signs_payload,
    }
    if endpoint_url:
        config["endpoint"] = endpoint_url
    if keys.session_token:
        config["session_token"] = keys.session_token
    return S3Store(bucket, config=config, client_options=options, retry_config=RETRIES_OFF)


def open_azure(
    container: str,
    account: str,
    options: ClientConfig,
    *,
    account_key: str | None,
    sas: str | None,
    endpoint_url: str | None,
) -> AzureStore:
    """
    Return the client of an Azure container; a SAS goes before the account's key.

    Raises:
        AccessDeniedError: Neither of the two is one.
    """
    config: AzureConfig = {"container_name": container, "account_name": account}
    if sas:
        config["sas_key"] = sas
    elif account_key:
        config["account_key"] = account_key
    if endpoint_url:
        config["endpoint"] = endpoint_url.rstrip("/")
    try:
        return AzureStore(config=config, client_options=options, retry_config=RETRIES_OFF)
    except obstore.exceptions.BaseError as error:
        raise malformed(container, "account key or SAS") from error


def open_gcs(
    bucket: str, service_account: Mapping[str, str] | None, options: ClientConfig, *, endpoint_url: str | None
) -> GCSStore:
    """
    Return the client of a bucket at Google; without a service account its requests are anonymous.

    Raises:
        AccessDeniedError: The service account's key is none.
    """
    config: GCSConfig = {"bucket": bucket}
    if service_account is None:
        config["skip_signature"] = True
    else:
        config["service_account_key"] = json.dumps(dict(service_account))
    if endpoint_url:
        config["base_url"] = endpoint_url.rstrip("/")
    try:
        return GCSStore(config=config, client_options=options, retry_config=RETRIES_OFF)
    except obstore.exceptions.BaseError as error:
        raise malformed(bucket, "service account key") from error


def malformed(bucket: str, what: str) -> AccessDeniedError:
    """Return the error to raise when *what* a credential holds cannot be read."""
    return AccessDeniedError(f"{bucket}: the {what} is malformed; save the credential again")
