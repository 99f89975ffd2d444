"""Buckets to copy between: how each tool reaches them, how they are filled, and what lies in them outside both."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from benchmarks._rclone import s3_remote
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.ports.stores import ObjectStore
from tests import servers

WRITERS = 8
BUCKET = "bench"


@dataclass(frozen=True)
class Place:
    """One bucket on a running server."""

    server: servers.StoreServer
    bucket: str = BUCKET

    @cached_property
    def store(self) -> ObjectStore:
        """The bucket by the SDK, for filling and checking."""
        return self.server.open(self.bucket)

    def at(self, url: str) -> Place:
        """Return the same bucket as it is reached through a proxy."""
        return replace(self, server=replace(self.server, url=url))

    def engine(self) -> dict[str, str]:
        """Return how our engine reaches it."""
        server = self.server
        found = {"provider": server.provider.value, "bucket": self.bucket, "url": server.url, "account": server.account}
        return {name: value for name, value in found.items() if value} | dict(server.secret)

    def remote(self, name: str) -> Mapping[str, str]:
        """Return how rclone reaches it, as remote *name*."""
        server = self.server
        if server.provider is Provider.S3:
            return s3_remote(name, server.url or "", server.account or "", server.secret["secret_access_key"])
        if server.provider is Provider.AZURE:
            settings = {"TYPE": "azureblob", "ACCOUNT": server.account or "", "KEY": server.secret["account_key"]}
        else:
            settings = {"TYPE": "google cloud storage", "ANONYMOUS": "true", "BUCKET_POLICY_ONLY": "true"}
        settings |= {"ENDPOINT": f"{server.url}{'/storage/v1/' if server.provider is Provider.GCS else ''}"}
        settings |= {"NO_CHECK_CONTAINER" if server.provider is Provider.AZURE else "NO_CHECK_BUCKET": "true"}
        return {f"RCLONE_CONFIG_{name.upper()}_{setting}": value for setting, value in settings.items()}

    def fill(self, prefix: str, count: int, size_bytes: int) -> dict[str, str]:
        """Write random objects and return their SHA-256 by name."""

        def write(number: int) -> tuple[str, str]:
            name, data = f"{number:06}.bin", os.urandom(size_bytes)
            self.store.put(f"{prefix}{name}", data, ObjectTraits(content_type="application/octet-stream"))
            return name, sha256(data).hexdigest()

        with ThreadPoolExecutor(WRITERS if size_bytes < 2**24 else 1) as writers:
            return dict(writers.map(write, range(count)))

    def hashes(self, prefix: str) -> dict[str, str]:
        """Read everything below *prefix* by the SDK and return the SHA-256 by name."""

        def read(key: str, version: str) -> tuple[str, str]:
            digest = sha256()
            for piece in self.store.read(key, version=version):
                digest.update(piece)
            return key.removeprefix(prefix), digest.hexdigest()

        found = [(info.key, info.version) for page in self.store.list_pages(prefix) for info in page]
        with ThreadPoolExecutor(WRITERS) as readers:
            return dict(readers.map(lambda pair: read(*pair), found))

    def clear(self, prefix: str) -> None:
        """Remove everything below *prefix*."""
        found = [info.key for page in self.store.list_pages(prefix) for info in page]
        with ThreadPoolExecutor(WRITERS) as removers:
            list(removers.map(self.store.delete, found))


@dataclass(frozen=True)
class Folder(Place):
    """A bucket whose server keeps objects as files, which is where they are looked at."""

    folder: Path = Path()

    def hashes(self, prefix: str) -> dict[str, str]:
        """Hash the files below *prefix*."""
        root = self.folder / prefix
        return {
            str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest()
            for path in root.rglob("*")
            if path.is_file()
        }


@contextmanager
def places(folder: Path, target: str) -> Iterator[tuple[Place, Place]]:
    """Run an S3 server and the *target* kind of server, and yield an empty bucket on each."""
    with ExitStack() as stack:
        opened: list[Place] = []
        for name, kind in (("source", "s3"), ("target", target)):
            (folder / name).mkdir()
            starter = {"s3": servers.versitygw, "azure": servers.azurite, "gcs": servers.fake_gcs}[kind]
            server = stack.enter_context(starter(folder / name))
            server.make_bucket(BUCKET)
            files = folder / name / "buckets" / BUCKET
            opened.append(Folder(server, folder=files) if kind == "s3" else Place(server))
        yield opened[0], opened[1]
