"""Which port each server listens on, all of them on 127.0.0.1."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloudflow_cli.stack.layout import write_private
from cloudflow_lib.errors import CloudFlowError, WrongInputError

Port = Annotated[int, Field(ge=1, le=65535)]
PREFIX = "CLOUDFLOW_PORT_"


class Ports(BaseModel):
    """One port per server; `CLOUDFLOW_PORT_<NAME>` chooses another."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    airflow: Port = 8080
    mlflow: Port = 5000
    mongo: Port = 27017
    kafka: Port = 9092
    kafka_controller: Port = 9093
    s3: Port = 7070
    s3_classes: Port = 5555
    azure: Port = 10000
    gcs: Port = 4443
    smtp: Port = 1025
    mail: Port = 8025


def choose_ports(remembered: Path, environ: Mapping[str, str], offset: int | None = None) -> Ports:
    """
    Return the ports to use.

    A port named in the environment counts as it is. The others are the remembered ones, or the
    defaults shifted by *offset* or `CLOUDFLOW_PORT_OFFSET` when one of them is given.
    """
    if offset is None and (given := environ.get(f"{PREFIX}OFFSET")):
        offset = _number(f"{PREFIX}OFFSET", given)
    values = recall_ports(remembered).model_dump() if offset is None else _shifted(offset)
    for name in values:
        variable = PREFIX + name.upper()
        if given := environ.get(variable):
            values[name] = _number(variable, given)
    try:
        ports = Ports(**values)
    except ValidationError as error:
        wrong = str(error.errors()[0]["loc"][0])
        raise WrongInputError(f"{values[wrong]} cannot be the port of {wrong}: ports go from 1 to 65535") from None
    _refuse_twins(ports)
    return ports


def recall_ports(remembered: Path) -> Ports:
    """Return the ports of the last start, or the defaults."""
    if not remembered.exists():
        return Ports()
    try:
        return Ports.model_validate_json(remembered.read_text())
    except ValueError:
        raise CloudFlowError(
            f"{remembered} is damaged: remove it, and name the ports anew if they were not the defaults"
        ) from None


def remember_ports(remembered: Path, ports: Ports) -> None:
    """Keep the ports for the commands that follow."""
    write_private(remembered, ports.model_dump_json(indent=2) + "\n")


def refuse_taken_ports(ports: Ports) -> None:
    """Raise a CloudFlowError for the first port that somebody else listens on."""
    for name, port in ports.model_dump().items():
        if is_taken(port):
            raise CloudFlowError(
                f"port {port}, wanted by {name}, is taken{_culprit(port)}: "
                f"set {PREFIX}{name.upper()} to a free one, or shift all with --port-offset"
            )


def is_taken(port: int) -> bool:
    """Say whether *port* cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: leftovers of old connections
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _shifted(offset: int) -> dict[str, int]:
    return {name: port + offset for name, port in Ports().model_dump().items()}


def _number(variable: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise WrongInputError(f"{variable} is {text!r}, which is no number") from None


def _refuse_twins(ports: Ports) -> None:
    users: dict[int, str] = {}
    for name, port in ports.model_dump().items():
        if port in users:
            raise WrongInputError(f"{users[port]} and {name} cannot both have port {port}")
        users[port] = name


def _culprit(port: int) -> str:
    """Return ` by NAME (pid N)` when the machine lets us see who listens."""
    import psutil  # type: ignore[import-untyped] # it ships no types

    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass
    return ""
