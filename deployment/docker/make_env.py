# ruff: noqa: INP001 - started by its path, not imported from a package
"""
Write `.env` for docker-compose.yaml: every secret generated, readable by the owner only.

An `.env` that is there stays as it is. Needs nothing but Python.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from pathlib import Path

ENV_FILE = Path(__file__).resolve().parents[2] / ".env"
USERS = ("admin", "team-docs", "team-platform", "team-research")


def values() -> dict[str, str]:
    """Return every variable the compose file cannot do without."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        "COMPOSE_PROFILES": "core,emulators,mail",
        "POSTGRES_PASSWORD": secrets.token_hex(16),
        "MONGO_PASSWORD": secrets.token_hex(16),
        "MONGO_REPLICA_KEY": secrets.token_hex(64),
        "AIRFLOW_FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AIRFLOW_SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW_JWT_SECRET": secrets.token_hex(32),
        "MLFLOW_SECRET_KEY": secrets.token_hex(32),
        "S3_ACCESS_KEY": f"CF{secrets.token_hex(9).upper()}",
        "S3_SECRET_KEY": secrets.token_urlsafe(30),
        "AZURE_KEY": base64.b64encode(secrets.token_bytes(64)).decode(),
        "CLOUDFLOW_KEYRING": json.dumps({"active": "key-1", "keys": {"key-1": key}}),
        "CLOUDFLOW_AIRFLOW_USERS": json.dumps({"airflow_users": {user: secrets.token_urlsafe(15) for user in USERS}}),
    }


def main() -> int:
    """Write the file, or say that it is there."""
    if ENV_FILE.exists():
        print(f"{ENV_FILE} is there already: remove it to get new secrets")  # noqa: T201 - a program for people
        return 1
    text = "".join(f"{name}='{value}'\n" for name, value in values().items())
    with os.fdopen(os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    print(f"{ENV_FILE} is written; the passwords of Airflow's users stand in it")  # noqa: T201 - as above
    return 0


if __name__ == "__main__":
    sys.exit(main())
