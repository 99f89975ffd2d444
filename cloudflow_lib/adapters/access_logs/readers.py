"""The dialects of access logs that we read, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from cloudflow_lib.adapters.access_logs.azure import AzureClassicReader, AzureResourceReader
from cloudflow_lib.adapters.access_logs.gcs import GcsReader
from cloudflow_lib.adapters.access_logs.lines import open_lines
from cloudflow_lib.adapters.access_logs.s3 import S3Reader
from cloudflow_lib.adapters.access_logs.versitygw import VersityReader
from cloudflow_lib.domain.access import AccessRecord, BrokenLine
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.ports.access_logs import LogReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One way of writing access logs."""

    name: str
    make_reader: Callable[[], LogReader]
    grows: bool = False
    """Whether a log that we can see may still get lines; the others are complete when they appear."""


DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect(name="s3", make_reader=S3Reader),
        Dialect(name="versitygw", make_reader=VersityReader, grows=True),
        Dialect(name="azure", make_reader=AzureClassicReader),
        Dialect(name="azure-resource", make_reader=AzureResourceReader, grows=True),
        Dialect(name="gcs", make_reader=GcsReader),
    )
}


def dialect_named(name: str) -> Dialect:
    """Return the dialect, or raise WrongInputError with the names there are."""
    if name not in DIALECTS:
        raise WrongInputError(f"no dialect of access logs is called {name!r}; choose from {', '.join(DIALECTS)}")
    return DIALECTS[name]


def read_log(stream: BinaryIO, dialect: str) -> Iterator[AccessRecord | BrokenLine]:
    """Yield what each line of an open log says, gzipped or not; damaged data ends it with a broken line."""
    return dialect_named(dialect).make_reader().read_lines(open_lines(stream))
