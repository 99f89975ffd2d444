"""How commands speak: tables for people, one JSON object for machines, errors in one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console()
errors = Console(stderr=True)

KIB = 1024


def print_json(value: object) -> None:
    """Print *value* as one JSON document; dataclasses and moments are understood."""
    json.dump(value, sys.stdout, default=_plain, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def say(*parts: str | tuple[str, str]) -> None:
    """Print one line as it is: text, or text and its style. Names of files may hold what looks like markup."""
    console.print(Text.assemble(*parts), soft_wrap=True)


def print_rows(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; columns whose name ends in `>` are aligned to the right. Only a `Text` has a style."""
    table = Table(title=Text(title), title_justify="left")
    for column in columns:
        table.add_column(column.removesuffix(">"), justify="right" if column.endswith(">") else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)


def print_counts(title: str, counts: Mapping[str, object]) -> None:
    """Print names and values below each other."""
    print_rows(title, ["", "value>"], counts.items())


def size(count: float) -> str:
    """Return bytes as people say them: `1.5 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if count < KIB or unit == "TiB":
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= KIB
    raise AssertionError
