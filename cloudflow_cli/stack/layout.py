"""Where the embedded stack keeps its things: one folder for data, one for logs, one for what runs."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.settings import home

LONGEST_SOCKET_FOLDER = 80
"""A Unix socket's path may have 107 characters; the longest name we add is 20."""

DATA_FOLDERS = ("airflow", "azure", "gcs", "mail", "mlflow", "s3", "s3-accounts")
"""Made before the start. PostgreSQL, MongoDB and Kafka make theirs, and take an existing one for a used one."""

DAG_BUNDLE = "dags-folder"
"""What Airflow calls the folder of the platform's own DAG files."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one stack."""

    root: Path
    """The checkout: DAGs, plugins and `deployment/embedded`."""
    home: Path

    @property
    def deployment(self) -> Path:
        return self.root / "deployment" / "embedded"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def sockets(self) -> Path:
        """The 0700 folder of the Unix sockets: `run`, or a short one elsewhere when that is too long."""
        if len(str(self.run)) <= LONGEST_SOCKET_FOLDER:
            return self.run
        name = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"cloudflow-{os.getuid()}-{name}"

    @property
    def additions_file(self) -> Path:
        """Settings that the demonstration adds to those of the stack, by section."""
        return self.home / "demo" / "settings.json"

    @property
    def dags(self) -> Path:
        """The platform's own DAG files."""
        return self.root / "dags"

    @property
    def own_dags(self) -> Path:
        """DAG files of whoever runs the stack, beside the platform's own."""
        return self.home / "dags"

    @property
    def forgotten(self) -> Path:
        """What the home is called while it is removed."""
        return self.home.with_name(f"{self.home.name}.forgotten")

    @property
    def supervisor_socket(self) -> Path:
        return self.sockets / "supervisor.sock"

    @property
    def secrets_file(self) -> Path:
        return self.home / "secrets.json"

    @property
    def ports_file(self) -> Path:
        return self.home / "ports.json"

    @property
    def settings_file(self) -> Path:
        return self.home / "cloudflow.toml"

    @property
    def keyring_file(self) -> Path:
        return self.home / "keyring.json"

    @property
    def processes_file(self) -> Path:
        return self.run / "process-compose.yaml"

    def make_folders(self) -> None:
        """Make every folder; only the owner may look inside."""
        for folder in (self.home, self.data, self.logs, self.run, self.sockets, self.own_dags):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.sockets.stat().st_uid != os.getuid():
            raise CloudFlowError(f"{self.sockets} belongs to somebody else: set CLOUDFLOW_HOME to a shorter path")
        self.sockets.chmod(0o700)
        for name in DATA_FOLDERS:
            (self.data / name).mkdir(mode=0o700, exist_ok=True)


def current_layout() -> Layout:
    """Return the layout that `CLOUDFLOW_HOME` and the working folder ask for."""
    layout = Layout(root=Path(__file__).resolve().parents[2], home=home())
    if not layout.deployment.is_dir():
        raise CloudFlowError("the embedded stack needs a checkout of CloudFlow (deployment/embedded is missing)")
    return layout


def write_private(path: Path, text: str) -> None:
    """Write *text* so that only the owner may read it and nobody ever sees half of it, not even after a power cut."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
