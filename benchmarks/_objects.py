"""Locations full of small objects: in memory, or on a real S3 server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cloudflow_lib.adapters.stores.build import build_store
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.ports.stores import ObjectStore

WRITERS = 16


@dataclass(frozen=True, slots=True)
class Source:
    """A location and how to open it from any process."""

    count: int
    location: Location
    credential: Credential
    secret: str

    def keys(self) -> list[str]:
        """Return the names of the objects: a few hundred folders of files."""
        return [f"team/{number % 300:03d}/report {number:07d}.csv" for number in range(self.count)]

    def open(self) -> ObjectStore:
        """Open the store; one in memory is filled now, as it was the last time."""
        store = self._store()
        if self.location.provider is Provider.MEMORY:
            for key in self.keys():
                store.put(key, b"", ObjectTraits())
        return store

    def fill(self) -> None:
        """Make the bucket and write every object."""
        import boto3
        from botocore.config import Config

        client = boto3.client(
            "s3",
            endpoint_url=self.credential.endpoint_url,
            region_name=self.credential.region,
            aws_access_key_id=self.credential.account,
            aws_secret_access_key=self.secret,
            config=Config(max_pool_connections=WRITERS),
        )
        client.create_bucket(Bucket=self.location.bucket)
        with ThreadPoolExecutor(WRITERS) as writers:
            for _ in writers.map(lambda key: client.put_object(Bucket=self.location.bucket, Key=key), self.keys()):
                pass

    def _store(self) -> ObjectStore:
        return build_store(self.location, self.credential, {"secret_access_key": self.secret}, attempts=4)


def memory_source(count: int) -> Source:
    """Return a location that lies in the measuring process."""
    return _source(count, Provider.MEMORY, None, "")


def s3_source(count: int, endpoint: str, secret: str) -> Source:
    """Return a location on the S3 server at *endpoint*; fill it before it is measured."""
    return _source(count, Provider.S3, endpoint, secret)


def _source(count: int, provider: Provider, endpoint: str | None, secret: str) -> Source:
    location = Location(
        location_id="benchmark",
        provider=provider,
        bucket=f"benchmark-{count}",
        credential_id="benchmark",
        owner="team-docs",
        single_class=provider is Provider.S3,
    )
    credential = Credential(
        credential_id="benchmark",
        provider=provider,
        owner="team-docs",
        endpoint_url=endpoint,
        region="us-east-1",
        account="bench",
        sealed=b"",
    )
    return Source(count, location, credential, secret)
