"""Secrets of the embedded stack: made at the first start, kept in one 0600 file."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from cloudflow_cli.stack.layout import Layout, write_private
from cloudflow_lib.errors import CloudFlowError

PASSWORD_BYTES = 15
KEY_BYTES = 32
AZURE_KEY_BYTES = 64
USERS = ("admin", "team-docs", "team-platform", "team-research")


def _password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _key() -> str:
    return secrets.token_hex(KEY_BYTES)


class Part(BaseModel):
    """What belongs to one server."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Login(Part):
    """A name and a password."""

    user: str = "cloudflow"
    password: str = Field(default_factory=_password)


class S3Keys(Part):
    """An access key of an S3 server."""

    access_key: str = Field(default_factory=lambda: f"CF{secrets.token_hex(9).upper()}")
    secret_key: str = Field(default_factory=lambda: secrets.token_urlsafe(30))


class AzureKey(Part):
    """The account of the Azure emulator."""

    account: str = "cloudflow"
    key: str = Field(default_factory=lambda: base64.b64encode(secrets.token_bytes(AZURE_KEY_BYTES)).decode())


class ServerKeys(Part):
    """Keys that only servers need: sessions, tokens, sealed values."""

    airflow_secret: str = Field(default_factory=_key)
    airflow_jwt: str = Field(default_factory=_key)
    airflow_fernet: str = Field(
        default_factory=lambda: base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    )
    mlflow_secret: str = Field(default_factory=_key)


class Secrets(Part):
    """Every secret of one stack."""

    airflow_users: dict[str, str] = Field(default_factory=lambda: {user: _password() for user in USERS})
    mongo: Login = Field(default_factory=Login)
    s3: S3Keys = Field(default_factory=S3Keys)
    """The user the platform and the demo work as: it obeys bucket policies, which root does not."""
    s3_root: S3Keys = Field(default_factory=S3Keys)
    s3_classes: S3Keys = Field(default_factory=S3Keys)
    """The emulator with storage classes takes any key."""
    azure: AzureKey = Field(default_factory=AzureKey)
    servers: ServerKeys = Field(default_factory=ServerKeys)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the secrets kept in *path*; what a damaged file holds is told to nobody."""
        try:
            return cls.model_validate_json(path.read_text())
        except ValueError:
            raise CloudFlowError(
                f"{path} is damaged: put a copy of it back, or begin anew without the data: `cloudflow down --forget`"
            ) from None


def ensure_secrets(layout: Layout) -> tuple[Secrets, bool]:
    """Return the stack's secrets, and whether they were made just now."""
    if not layout.keyring_file.exists():
        key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        ring = {"active": "key-1", "keys": {"key-1": key}}
        write_private(layout.keyring_file, json.dumps(ring, indent=2) + "\n")
    if layout.secrets_file.exists():
        return Secrets.read(layout.secrets_file), False
    made = Secrets()
    write_private(layout.secrets_file, made.model_dump_json(indent=2) + "\n")
    return made, True
