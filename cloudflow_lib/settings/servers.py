"""How the servers that we ask are reached."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from cloudflow_lib.settings.sections import Section


class MongoSettings(Section):
    """The catalogue's server: MongoDB 7 or later, or one that speaks its protocol."""

    url: SecretStr = SecretStr("mongodb://127.0.0.1:27017/?directConnection=true")
    database: str = "cloudflow"
    timeout_ms: int = 20_000


class KafkaSettings(Section):
    """The event bus; *options* are passed to librdkafka as they are (`security.protocol` and so on)."""

    bootstrap_servers: str = "127.0.0.1:9092"
    options: dict[str, str] = Field(default_factory=dict)


class SmtpSettings(Section):
    """The mail server."""

    host: str = "127.0.0.1"
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    user: str | None = None
    password: SecretStr | None = None
    sender: str = "CloudFlow <cloudflow@localhost>"
    timeout_seconds: float = 10.0


class KeyringSettings(Section):
    """Where the AES-256 keys that seal credentials come from: `{key id: base64 of 32 bytes}` in a 0600 file."""

    file: Path = Path("keyring.json")


class AirflowSettings(Section):
    """How the command line reaches Airflow's API."""

    url: str = "http://127.0.0.1:8080"
    user: str = "admin"
    password: SecretStr = SecretStr("")


class NetworkSettings(Section):
    """Where endpoints that users name may lie."""

    allowed: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of our own (`10.0.0.0/8`) that may be asked; without them only public addresses are."""
