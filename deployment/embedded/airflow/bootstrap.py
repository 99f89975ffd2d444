# ruff: noqa: INP001 - started by its path, not imported from a package
"""
`bootstrap.py SECRETS MARKER`: Airflow's tables, roles and accounts, made in one process.

Each `airflow` command takes seconds to load, so they are not run one by one. MARKER remembers what
was done, so that the next start takes no time; another Airflow or another role file does it again.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import sys
from pathlib import Path
from typing import Any

ADMIN = "admin"
MAIL_DOMAIN = "cloudflow.example"


def fingerprint(users: list[str]) -> str:
    """Return what changes when there is something to do."""
    versions = [importlib.metadata.version(name) for name in ("apache-airflow", "apache-airflow-providers-fab")]
    roles = Path(os.environ["AIRFLOW__FAB__CONFIG_FILE"]).read_bytes() + Path(__file__).read_bytes()
    return " ".join([*versions, hashlib.sha256(roles).hexdigest(), *users])


def ensure_users(manager: Any, passwords: dict[str, str]) -> None:  # noqa: ANN401 - FAB ships no types
    """Make the accounts that are missing; an account that is there keeps its password."""
    for name, password in passwords.items():
        if manager.find_user(username=name):
            continue
        role = manager.find_role("Admin" if name == ADMIN else "CloudFlowUser")
        manager.add_user(name, name, "CloudFlow", f"{name}@{MAIL_DOMAIN}", role, password)


def take_doorbell_down() -> None:
    """Remove triggers on columns that a migration may want to change; the scheduler hangs them up again."""
    from airflow.settings import get_engine
    from sqlalchemy import text

    from cloudflow_plugin.doorbell import BELL

    engine = get_engine()
    if engine.dialect.name != "postgresql":
        return  # nobody listens at another
    with engine.begin() as connection:
        connection.execute(text(f"DROP FUNCTION IF EXISTS {BELL} CASCADE"))


def main() -> None:
    """Do what the module's first line says."""
    passwords: dict[str, str] = json.loads(Path(sys.argv[1]).read_text())["airflow_users"]
    marker = Path(sys.argv[2])
    wanted = fingerprint(sorted(passwords))
    if marker.exists() and marker.read_text() == wanted:
        return

    from airflow.utils import db

    take_doorbell_down()
    db.upgradedb()
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        builder.add_permissions(update_perms=True)  # without those of FAB's own pages, an Admin sees no users
        builder.sm.sync_roles()
        ensure_users(builder.sm, passwords)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(wanted)


if __name__ == "__main__":
    main()
