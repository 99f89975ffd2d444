"""A real Airflow API server with our plugin, its accounts made by the stack's own bootstrap; no other process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks._servers import free_port

ROOT = Path(__file__).parents[2]
DEPLOYMENT = ROOT / "deployment" / "embedded" / "airflow"
PASSWORD = "open sesame"
USERS = ("admin", "team-docs", "team-media")
START_SECONDS = 240.0


@dataclass
class Airflow:
    """The server's address, and what its processes run with."""

    url: str
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]
    tokens: dict[str, str] = field(default_factory=dict)

    def stop(self) -> None:
        """Ask the server to stop."""
        self.process.terminate()

    def wait_for_end(self) -> None:
        """Wait until it has by itself; subprocess.TimeoutExpired when something holds it up."""
        self.process.wait(timeout=60)

    def client(self, user: str | None = None) -> httpx.Client:
        """Return a client of our API for an account, signed in over our own `/auth/token`."""
        root = f"{self.url}/cloudflow/api/v1"
        if user is None:
            return httpx.Client(base_url=root, timeout=30)
        if user not in self.tokens:
            answer = httpx.post(f"{root}/auth/token", json={"username": user, "password": PASSWORD}, timeout=60)
            self.tokens[user] = answer.json()["access_token"]
        return httpx.Client(base_url=root, headers={"Authorization": f"Bearer {self.tokens[user]}"}, timeout=30)


@contextmanager
def running_airflow(folder: Path, settings: Mapping[str, str]) -> Iterator[Airflow]:
    """Run it over *folder* with the CloudFlow *settings* as environment variables."""
    port = free_port()
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__SECRET_KEY": "for tests only, and longer than thirty-two bytes",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": "for tests only, and sixty-four bytes long, as its algorithm demands it.",
        "AIRFLOW__FAB__CONFIG_FILE": str(DEPLOYMENT / "webserver_config.py"),
        "AIRFLOW__FAB__UPDATE_FAB_PERMS": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}",
        **settings,
    }
    secrets = folder / "secrets.json"
    secrets.write_text(json.dumps({"airflow_users": dict.fromkeys(USERS, PASSWORD)}))
    bootstrap = [sys.executable, str(DEPLOYMENT / "bootstrap.py"), str(secrets), str(folder / "bootstrapped")]
    with (folder / "airflow.log").open("ab") as log:
        subprocess.run(bootstrap, check=True, env=environment, cwd=folder, stdout=log, stderr=log)
        words = [sys.executable, "-m", "airflow", "api-server", "--host", "127.0.0.1", "--port", str(port)]
        serving = {**environment, "CLOUDFLOW_ROLE": "api"}
        process = subprocess.Popen(words, env=serving, cwd=folder, stdout=log, stderr=log)
        try:
            server = Airflow(f"http://127.0.0.1:{port}", environment, process)
            _wait_for(server, process, folder / "airflow.log")
            _add_accounts(server)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(server: Airflow, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            if httpx.get(f"{server.url}/api/v2/version", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise RuntimeError(f"Airflow does not answer: {log.read_text(errors='replace')[-3000:]}")


def _add_accounts(server: Airflow) -> None:
    """Add one who may only look, and one without any right on CloudFlow, over FAB's own API."""
    token = server.client("admin").headers["Authorization"]
    for name, role in (("team-watch", "Viewer"), ("team-payroll", "Public")):
        account = {
            "username": name,
            "password": PASSWORD,
            "email": f"{name}@example.test",
            "first_name": name,
            "last_name": "CloudFlow",
            "roles": [{"name": role}],
        }
        url = f"{server.url}/auth/fab/v1/users"
        httpx.post(url, json=account, headers={"Authorization": token}, timeout=60).raise_for_status()
