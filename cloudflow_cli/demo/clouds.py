"""
The places through the vendors' own doors: no line of the platform's store adapters in between.

Buckets are made this way, and the audit looks this way: whoever checks the mover must not be the mover.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from cloudflow_cli.demo.world import REGION, Place
from cloudflow_lib.domain.locations import Provider

AGENT = "cloudflow/demo"
"""Named in access logs, so that looking at a file does not count as using it."""
PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """One object as its store lists it."""

    size_bytes: int
    storage_class: str


class Door(Protocol):
    """What making buckets and auditing need of a store."""

    def make_bucket(self) -> bool:
        """Make the bucket and return True, or False when it is there already."""
        ...

    def objects(self) -> dict[str, Seen]:
        """Return every object by its key."""
        ...

    def read(self, key: str) -> Iterator[bytes]:
        """Yield the bytes of an object; FileNotFoundError when there is none."""
        ...


def open_door(place: Place) -> Door:
    """Return the door to *place*."""
    if place.provider is Provider.AZURE:
        return AzureDoor(place)
    return GcsDoor(place) if place.provider is Provider.GCS else S3Door(place)


def s3_client(place: Place, access_key: str, secret_key: str, agent: str) -> Any:  # noqa: ANN401 - made at run time
    """Return a boto3 client for *place*."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=place.endpoint_url,
        region_name=REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            user_agent=agent,
            max_pool_connections=32,
            response_checksum_validation="when_required",  # the audit computes its own; moto answers with mixed-up ones
        ),
    )


class S3Door:
    """S3 through boto3."""

    def __init__(self, place: Place) -> None:
        self._bucket = place.bucket
        self._client = s3_client(place, place.account, place.secret["secret_access_key"], AGENT)

    def make_bucket(self) -> bool:
        if any(bucket["Name"] == self._bucket for bucket in self._client.list_buckets()["Buckets"]):
            return False
        self._client.create_bucket(Bucket=self._bucket)
        return True

    def objects(self) -> dict[str, Seen]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        items = (item for page in pages for item in page.get("Contents", ()))
        return {item["Key"]: Seen(item["Size"], item.get("StorageClass", "STANDARD")) for item in items}

    def read(self, key: str) -> Iterator[bytes]:
        from botocore.exceptions import ClientError

        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            raise FileNotFoundError(key) from error
        yield from answer["Body"].iter_chunks(PIECE_BYTES)


class AzureDoor:
    """Azure Blob Storage through its SDK."""

    def __init__(self, place: Place) -> None:
        from azure.storage.blob import BlobServiceClient

        key = {"account_name": place.account, "account_key": place.secret["account_key"]}
        service = BlobServiceClient(place.endpoint_url, key, user_agent=AGENT)
        self._container = service.get_container_client(place.bucket)

    def make_bucket(self) -> bool:
        if self._container.exists():
            return False
        self._container.create_container()
        return True

    def objects(self) -> dict[str, Seen]:
        return {blob.name: Seen(blob.size, str(blob.blob_tier)) for blob in self._container.list_blobs()}

    def read(self, key: str) -> Iterator[bytes]:
        from azure.core.exceptions import ResourceNotFoundError

        try:
            stream = self._container.get_blob_client(key).download_blob(decompress=False)
        except ResourceNotFoundError as error:
            raise FileNotFoundError(key) from error
        yield from stream.chunks()


class GcsDoor:
    """Google Cloud Storage through plain HTTP."""

    def __init__(self, place: Place) -> None:
        self._http = httpx.Client(
            base_url=f"{place.endpoint_url}/storage/v1",
            headers={"user-agent": AGENT, "accept-encoding": "gzip"},
            timeout=60.0,
        )
        self._bucket = place.bucket
        self._project = place.account

    def make_bucket(self) -> bool:
        if self._http.get(f"/b/{self._bucket}").is_success:
            return False
        self._http.post("/b", params={"project": self._project}, json={"name": self._bucket}).raise_for_status()
        return True

    def objects(self) -> dict[str, Seen]:
        found: dict[str, Seen] = {}
        token: str | None = ""
        while token is not None:
            page = self._http.get(f"/b/{self._bucket}/o", params={"pageToken": token} if token else {})
            answer = page.raise_for_status().json()
            for item in answer.get("items", ()):
                found[item["name"]] = Seen(int(item["size"]), item.get("storageClass", "STANDARD"))
            token = answer.get("nextPageToken") or None
        return found

    def read(self, key: str) -> Iterator[bytes]:
        url = f"/b/{self._bucket}/o/{quote(key, safe='')}"
        with self._http.stream("GET", url, params={"alt": "media"}) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise FileNotFoundError(key)
            answer.raise_for_status()
            yield from answer.iter_raw(PIECE_BYTES)
