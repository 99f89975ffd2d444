"""
What was measured so far, in a folder: a cut run goes on, and changed code measures anew what it changes.

One JSON file a trace. Each bill says by which code it was made: the policy `cloudflow` has files of its
own, so that work on it leaves the optimum and the opponents as they were measured.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
OWN = ("ml/placement/*.py", "ml/backtest/policies/cloudflow.py")
"""What only the policy `cloudflow` is made of."""
GROUND = (
    "ml/backtest/*.py",
    "ml/backtest/*/*.py",
    "cloudflow_lib/prices/*.toml",
    "cloudflow_lib/domain/billing.py",
    "cloudflow_lib/domain/charges.py",
    "cloudflow_lib/domain/metering.py",
    "cloudflow_lib/domain/prices.py",
    "cloudflow_lib/domain/prices_derived.py",
    "cloudflow_lib/domain/rates.py",
    "cloudflow_lib/domain/timelines.py",
)
DRAWN = ("benchmarks/_held_out*.py",)
"""What the families are made of that are not those of development."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a policy, or the optimum, paid on a trace."""

    usd: float
    seconds: float
    code: str
    """Of what made it."""


def kept(folder: Path | None, name: str) -> dict[str, Bill]:
    """Return the bills of a trace by policy."""
    path = folder / f"{name}.json" if folder else None
    if path is None or not path.exists():
        return {}
    return {who: Bill(**bill) for who, bill in json.loads(path.read_text(encoding="utf-8")).items()}


def keep(folder: Path | None, name: str, bills: dict[str, Bill]) -> None:
    """Write the bills of a trace; a reader never sees half of them."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{name}.{os.getpid()}"
    fresh.write_text(json.dumps({who: asdict(bill) for who, bill in bills.items()}), encoding="utf-8")
    fresh.replace(folder / f"{name}.json")


@cache
def written_by(policy: str, drawn: bool) -> str:  # noqa: FBT001 # one of two kinds of family
    """Return 16 hexadecimal digits of the code that bills a policy; layout and comments do not count."""
    found = hashlib.sha256()
    for path in sorted(_sources(policy, drawn)):
        text = path.read_text(encoding="utf-8")
        found.update(ast.dump(ast.parse(text)).encode() if path.suffix == ".py" else text.encode())
    return found.hexdigest()[:16]


def _sources(policy: str, drawn: bool) -> Iterator[Path]:  # noqa: FBT001 # as above
    own = {path for pattern in OWN for path in ROOT.glob(pattern)}
    for pattern in (*GROUND, *(DRAWN if drawn else ())):
        yield from set(ROOT.glob(pattern)) - own
    if policy == "cloudflow":
        yield from own
