"""What every benchmark prints: a table for people, one JSON object for machines, and an exit code."""

from __future__ import annotations

import json
import operator
import os
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

Op = Literal["<=", ">=", "=="]
OPERATORS: Mapping[Op, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}
LARGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure has to be."""

    name: str
    op: Op
    target: float
    value: float

    @property
    def holds(self) -> bool:
        """Whether the figure is what it has to be."""
        return OPERATORS[self.op](self.value, self.target)


@dataclass(slots=True)
class Report:
    """Figures as they are measured, and the targets among them."""

    title: str
    digits: int = 2
    figures: dict[str, float] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)

    def note(self, name: str, value: float) -> None:
        """Keep a figure."""
        self.figures[name] = value

    def require(self, name: str, op: Op, target: float, value: float) -> None:
        """Keep a figure and hold it to a target."""
        self.note(name, value)
        self.targets.append(Target(name=name, op=op, target=target, value=value))

    def finish(self, *, as_json: bool) -> int:
        """Print everything and return the exit code: 1 when a target does not hold."""
        if as_json:
            targets = [
                {"name": one.name, "op": one.op, "target": one.target, "value": one.value, "holds": one.holds}
                for one in self.targets
            ]
            print(json.dumps({"figures": self.figures, "targets": targets, "machine": machine()}))
        else:
            self._print_table()
        return 0 if all(one.holds for one in self.targets) else 1

    def _print_table(self) -> None:
        table = Table(title=self.title, caption=", ".join(f"{name} {value}" for name, value in machine().items()))
        table.add_column("figure")
        table.add_column("value", justify="right")
        table.add_column("target", justify="right")
        table.add_column("")
        targets = {one.name: one for one in self.targets}
        for name, value in self.figures.items():
            one = targets.get(name)
            told = ("", "")
            if one is not None:
                told = (f"{one.op} {shown(one.target, self.digits)}", "holds" if one.holds else "MISSED")
            table.add_row(name, shown(value, self.digits), *told)
        Console().print(table)


def shown(value: float, digits: int = 2) -> str:
    """Return *value* with as many digits as a person needs."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= LARGE else f"{value:,.{digits}f}"


def machine() -> dict[str, str | int | float]:
    """Return what the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "cpu": _cpu_name(),
        "cpus": os.cpu_count() or 0,
        "memory_gib": round(memory, 1),
        "load_1m": round(os.getloadavg()[0], 1),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _cpu_name() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()


def say(text: str) -> None:
    """Tell a person what is going on, beside the result."""
    print(text, file=sys.stderr, flush=True)
