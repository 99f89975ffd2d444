"""The embedded stack as the demonstration sees it: its folders, its four places and what opens them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cloudflow_cli.demo.placing import ARCHIVE, AZURE, GCS, S3
from cloudflow_cli.stack.generated import Secrets
from cloudflow_cli.stack.layout import Layout
from cloudflow_cli.stack.ports import Ports, recall_ports
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.errors import CloudFlowError

REGION = "us-east-1"
OWNERS: Mapping[str, str] = {"docs/": "team-docs", "platform/": "team-platform", "research/": "team-research"}
TEAM = "team-docs"
"""The team that starts a run of its own."""
STRANGER = "team-platform"
"""Whose files it asks for, and does not get."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One bucket of the demonstration."""

    location_id: str
    provider: Provider
    bucket: str
    endpoint_url: str
    account: str
    secret: Mapping[str, str]
    dialect: str
    """In which format its provider writes access logs."""
    single_class: bool = False
    forgets: bool = False
    """Whether the server keeps its objects in memory only."""


@dataclass(frozen=True, slots=True)
class World:
    """What runs, and what opens it."""

    layout: Layout
    ports: Ports
    secrets: Secrets

    @classmethod
    def of(cls, layout: Layout) -> Self:
        """Return the world of a stack that was started before."""
        if not layout.secrets_file.exists():
            raise CloudFlowError("there is no stack here yet: `cloudflow up` starts one")
        return cls(layout, recall_ports(layout.ports_file), Secrets.read(layout.secrets_file))

    @property
    def folder(self) -> Path:
        """Where the demonstration keeps its things."""
        return self.layout.home / "demo"

    @property
    def manifest_file(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def reader_file(self) -> Path:
        return self.folder / "reader.json"

    @property
    def s3_access_log(self) -> Path:
        """What the S3 server really logs."""
        return self.layout.logs / "s3-access.log"

    @property
    def history_note(self) -> Path:
        """Says what the made-up access logs are, and is written when all of them are."""
        return self.folder / "history" / "README.md"

    def history_folder(self, location_id: str) -> Path:
        """Where the made-up access logs of a location lie."""
        return self.folder / "history" / location_id

    def places(self) -> dict[str, Place]:
        """Return every place by its location id."""
        return {place.location_id: place for place in (*self._s3_places(), *self._other_places())}

    def _s3_places(self) -> tuple[Place, ...]:
        return (
            Place(
                location_id=S3,
                provider=Provider.S3,
                bucket="cloudflow-demo",
                endpoint_url=f"http://127.0.0.1:{self.ports.s3}",
                account=self.secrets.s3.access_key,
                secret={"secret_access_key": self.secrets.s3.secret_key},
                dialect="s3",
                single_class=True,
            ),
            Place(
                location_id=ARCHIVE,
                provider=Provider.S3,
                bucket="cloudflow-demo-archive",
                endpoint_url=f"http://127.0.0.1:{self.ports.s3_classes}",
                account=self.secrets.s3_classes.access_key,
                secret={"secret_access_key": self.secrets.s3_classes.secret_key},
                dialect="s3",
                forgets=True,
            ),
        )

    def _other_places(self) -> tuple[Place, ...]:
        azure = self.secrets.azure
        return (
            Place(
                location_id=AZURE,
                provider=Provider.AZURE,
                bucket="cloudflow-demo-azure",
                endpoint_url=f"http://127.0.0.1:{self.ports.azure}/{azure.account}",
                account=azure.account,
                secret={"account_key": azure.key},
                dialect="azure",
            ),
            Place(
                location_id=GCS,
                provider=Provider.GCS,
                bucket="cloudflow-demo-gcs",
                endpoint_url=f"http://127.0.0.1:{self.ports.gcs}",
                account="cloudflow",
                secret={},
                dialect="gcs",
                single_class=True,  # the emulator cannot change an object's class
            ),
        )
