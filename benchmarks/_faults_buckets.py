"""Buckets through plain SDKs: whoever checks the mover must not be the mover, nothing here passes its adapters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, assert_never

from cloudflow_lib.adapters.stores.memory import Bucket as MemoryBucket
from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ObjectTraits

UNFINISHED = ".cloudflow-uploads/"
"""Where parts lie in a Google bucket until they are joined."""
FEW_BYTES = 256
"""Azure keeps the markers of an aborted upload for a week: it has no abort, only blocks of one byte."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, and what opens it."""

    provider: Provider
    url: str = ""
    account: str = ""
    secret: Mapping[str, str] = field(default_factory=dict)
    single_class: bool = False


class Bucket(Protocol):
    """What the owner of the files does, and what the oracle looks at."""

    def make(self) -> None: ...
    def put(self, key: str, data: bytes) -> None: ...
    def delete(self, key: str) -> None: ...
    def objects(self) -> dict[str, bytes]:
        """Return every object with its bytes."""
        ...

    def unfinished(self) -> int:
        """Return how many uploads lie there that nobody finished or aborted."""
        ...

    def clear(self) -> None:
        """Remove everything, so that a thousand runs fit into a server."""
        ...


def bucket_at(endpoint: Endpoint, name: str) -> Bucket:
    """Return the bucket *name* of a server."""
    match endpoint.provider:
        case Provider.S3:
            return S3Bucket(endpoint, name)
        case Provider.AZURE:
            return AzureContainer(endpoint, name)
        case Provider.GCS:
            return GcsBucket(endpoint, name)
        case Provider.MEMORY:
            return MemoryPlace(name)
        case _:
            assert_never(endpoint.provider)


@cache
def _s3(url: str, account: str, secret: str) -> Any:  # noqa: ANN401 - boto3 makes its classes as it runs
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key=secret,
    )


class S3Bucket:
    """A bucket of an S3 server."""

    def __init__(self, endpoint: Endpoint, name: str) -> None:
        self._name = name
        self._client = _s3(endpoint.url, endpoint.account, endpoint.secret["secret_access_key"])

    def make(self) -> None:
        self._client.create_bucket(Bucket=self._name)

    def put(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket=self._name, Key=key, Body=data, ChecksumAlgorithm="CRC64NVME")

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._name, Key=key)

    def objects(self) -> dict[str, bytes]:
        listed = self._client.list_objects_v2(Bucket=self._name).get("Contents", ())
        keys = [item["Key"] for item in listed]
        return {key: self._client.get_object(Bucket=self._name, Key=key)["Body"].read() for key in keys}

    def unfinished(self) -> int:
        return len(self._uploads())

    def clear(self) -> None:
        for item in self._client.list_objects_v2(Bucket=self._name).get("Contents", ()):
            self.delete(item["Key"])
        for upload in self._uploads():
            self._client.abort_multipart_upload(Bucket=self._name, Key=upload["Key"], UploadId=upload["UploadId"])
        self._client.delete_bucket(Bucket=self._name)

    def _uploads(self) -> list[Any]:
        return list(self._client.list_multipart_uploads(Bucket=self._name).get("Uploads", ()))


@cache
def _azure(url: str, account: str, key: str) -> Any:  # noqa: ANN401 - the SDK has no types
    from azure.storage.blob import BlobServiceClient

    return BlobServiceClient(url, {"account_name": account, "account_key": key})


class AzureContainer:
    """A container of an Azure Blob server."""

    def __init__(self, endpoint: Endpoint, name: str) -> None:
        service = _azure(endpoint.url, endpoint.account, endpoint.secret["account_key"])
        self._client = service.get_container_client(name)

    def make(self) -> None:
        self._client.create_container()

    def put(self, key: str, data: bytes) -> None:
        self._client.upload_blob(key, data, overwrite=True)

    def delete(self, key: str) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        try:
            self._client.delete_blob(key)
        except ResourceNotFoundError:
            return

    def objects(self) -> dict[str, bytes]:
        names = [blob.name for blob in self._client.list_blobs()]
        return {name: self._client.download_blob(name).readall() for name in names}

    def unfinished(self) -> int:
        names = [blob.name for blob in self._client.list_blobs(include=["uncommittedblobs"])]
        return sum(self._open_bytes(name) > FEW_BYTES for name in names)

    def _open_bytes(self, name: str) -> int:
        _, blocks = self._client.get_blob_client(name).get_block_list("uncommitted")
        return sum(block.size for block in blocks)

    def clear(self) -> None:
        self._client.delete_container()


@cache
def _gcs(url: str, account: str) -> Any:  # noqa: ANN401 - the SDK has no types
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.storage import Client

    return Client(account, AnonymousCredentials(), client_options={"api_endpoint": url})  # type: ignore[no-untyped-call] # google-auth has no types


class GcsBucket:
    """A bucket of a Google server."""

    def __init__(self, endpoint: Endpoint, name: str) -> None:
        self._client = _gcs(endpoint.url, endpoint.account)
        self._bucket = self._client.bucket(name)

    def make(self) -> None:
        self._client.create_bucket(self._bucket)

    def put(self, key: str, data: bytes) -> None:
        self._bucket.blob(key).upload_from_string(data)

    def delete(self, key: str) -> None:
        from google.api_core.exceptions import NotFound

        try:
            self._bucket.blob(key).delete()
        except NotFound:
            return

    def objects(self) -> dict[str, bytes]:
        blobs = list(self._client.list_blobs(self._bucket))
        return {
            blob.name: blob.download_as_bytes(raw_download=True)
            for blob in blobs
            if not blob.name.startswith(UNFINISHED)
        }

    def unfinished(self) -> int:
        blobs = self._client.list_blobs(self._bucket, prefix=UNFINISHED)
        return len({blob.name.split("/")[1] for blob in blobs})

    def clear(self) -> None:
        for blob in list(self._client.list_blobs(self._bucket)):
            blob.delete()
        self._bucket.delete()


class MemoryPlace:
    """A bucket in memory: the store is its own server, so its shelf is looked at directly."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def _shelf(self) -> MemoryBucket:
        return MemoryStore._buckets[self._name]  # noqa: SLF001 - the server's own memory

    def make(self) -> None:
        MemoryStore(self._name)

    def put(self, key: str, data: bytes) -> None:
        MemoryStore(self._name).put(key, data, ObjectTraits())

    def delete(self, key: str) -> None:
        with self._shelf.lock:
            self._shelf.objects.pop(key, None)

    def objects(self) -> dict[str, bytes]:
        return {key: stored.data for key, stored in self._shelf.objects.items()}

    def unfinished(self) -> int:
        return len(self._shelf.uploads)

    def clear(self) -> None:
        del MemoryStore._buckets[self._name]  # noqa: SLF001 - as above
