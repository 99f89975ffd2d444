"""
A whole platform for one move: two S3 servers, a catalogue, and workers that may be killed.

`python -m benchmarks._moving MIGRATION_ID` is such a worker: it takes the steps as a task of Airflow does.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks._relay import Relay, counting
from benchmarks._servers import running_mongo, running_versitygw
from cloudflow_lib.bootstrap import build_keyring, build_services
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.domain.migrations import Migration, MigrationState
from cloudflow_lib.settings import KeyringSettings, MongoSettings, NetworkSettings, Settings, TransferSettings
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.scan_location import scan_location
from cloudflow_lib.workflows.services import Services

ROOT = Path(__file__).parent.parent
ACCOUNT = "bench"
OWNER = "team-docs"
BUCKET = "objects"
LOOPBACK = "127.0.0.0/8"
PIECE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Platform:
    """Two places, `source` and `target`; what is written to the second one is counted on its way."""

    folder: Path
    mongo: str
    source_url: str
    relay: Relay
    secret: str
    part_bytes: int
    streams: int

    @cached_property
    def settings(self) -> Settings:
        """The settings that the workers get too."""
        return Settings(
            mongo=MongoSettings.model_validate({"url": self.mongo}),
            keyring=KeyringSettings(file=self.folder / "keyring.json"),
            network=NetworkSettings.model_validate({"allowed": [LOOPBACK]}),
            transfer=TransferSettings(part_bytes=self.part_bytes, streams_per_object=self.streams),
        )

    @cached_property
    def services(self) -> Services:
        """The services as this process sees them."""
        return build_services(self.settings)

    def client(self, url: str) -> Any:  # noqa: ANN401 - boto3 makes its classes as it runs
        """Return the SDK's client of a server, for looking from outside the engine."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key=self.secret,
        )

    def prepare(self) -> None:
        """Make buckets, keys, and the two locations."""
        ring = {"active": "bench", "keys": {"bench": base64.b64encode(os.urandom(32)).decode()}}
        file = self.settings.keyring.file
        file.touch(mode=0o600)
        file.write_text(json.dumps(ring))
        self.services.catalog.prepare()
        for name, url in (("source", self.source_url), ("target", self.relay.url)):
            self.client(url).create_bucket(Bucket=BUCKET)
            self._save(name, url)

    def _save(self, name: str, url: str) -> None:
        sealed = build_keyring(self.settings).seal({"secret_access_key": self.secret}, bound_to=name)
        catalog = self.services.catalog
        catalog.save_credential(
            Credential(
                credential_id=name,
                provider=Provider.S3,
                owner=OWNER,
                endpoint_url=url,
                region="us-east-1",
                account=ACCOUNT,
                sealed=sealed,
            ),
        )
        catalog.save_location(
            Location(
                location_id=name,
                provider=Provider.S3,
                bucket=BUCKET,
                credential_id=name,
                owner=OWNER,
                single_class=True,
            ),
        )

    def put_object(self, key: str, size_bytes: int) -> None:
        """Write random bytes to the source."""
        file = self.folder / f"{uuid4()}.bin"
        with file.open("wb") as target:
            for at in range(0, size_bytes, PIECE):
                target.write(os.urandom(min(PIECE, size_bytes - at)))
        self.client(self.source_url).upload_file(str(file), BUCKET, key)
        file.unlink()

    def open_move(self, key: str) -> Migration:
        """Catalogue the source and ask for a move that leaves its source in quarantine."""
        bench = self.services
        scan_location("source", catalog=bench.catalog, open_store=bench.open_store, clock=bench.clock)
        wish = {
            "file_ids": [bench.catalog.file_ids_at("source", [key])[key]],
            "destination_location": "target",
            "quarantine_days": 1,
        }
        (move,) = open_migrations(uuid4().hex, OWNER, wish, bench)
        return move

    def start_worker(self, migration_id: str) -> subprocess.Popen[bytes]:
        """Start a worker on the migration, in a process of its own."""
        transfer = {"PART_BYTES": str(self.part_bytes), "STREAMS_PER_OBJECT": str(self.streams)}
        environment = {
            **os.environ,
            **{f"CLOUDFLOW_TRANSFER__{name}": value for name, value in transfer.items()},
            "CLOUDFLOW_MONGO__URL": self.mongo,
            "CLOUDFLOW_KEYRING__FILE": str(self.settings.keyring.file),
            "CLOUDFLOW_NETWORK__ALLOWED": json.dumps([LOOPBACK]),
        }
        words = [sys.executable, "-m", "benchmarks._moving", migration_id]
        return subprocess.Popen(words, cwd=ROOT, env=environment)

    def stored(self, place: str, key: str) -> Path:
        """Return the file in which the server of `source` or `target` keeps an object."""
        return self.folder / place / "buckets" / BUCKET / key

    def open_uploads(self) -> int:
        """Return how many unfinished uploads the target's server has."""
        return len(self._uploads())

    def _uploads(self) -> list[Any]:
        return list(self.client(self.relay.url).list_multipart_uploads(Bucket=BUCKET).get("Uploads", ()))

    def clear_target(self, key: str) -> None:
        """Remove everything from the target."""
        client = self.client(self.relay.url)
        client.delete_object(Bucket=BUCKET, Key=key)
        for upload in self._uploads():
            client.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])


@contextmanager
def running_platform(folder: Path, *, part_bytes: int, streams: int) -> Iterator[Platform]:
    """Run the servers over *folder* and yield the platform on them."""
    secret = uuid4().hex
    with ExitStack() as servers:
        urls = {}
        for name in ("source", "target"):
            (folder / name).mkdir()
            urls[name] = servers.enter_context(running_versitygw(folder / name, secret))
        platform = Platform(
            folder=folder,
            mongo=servers.enter_context(running_mongo(folder)),
            source_url=urls["source"],
            relay=servers.enter_context(counting(urls["target"])),
            secret=secret,
            part_bytes=part_bytes,
            streams=streams,
        )
        platform.prepare()
        servers.callback(platform.services.catalog.close)
        yield platform


if __name__ == "__main__":
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.migrate_file import take_steps

    take_steps(sys.argv[1], MigrationState.DONE, services())
