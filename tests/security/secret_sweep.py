"""
Look for every cloud secret, in clear, in everything that a running stack wrote down.

    python -m tests.security.secret_sweep [--json]

Opens the credentials of the catalogue with the keyring of `cloudflow up`'s stack (`CLOUDFLOW_HOME`) and searches
MongoDB, Kafka, the tables of Airflow (XCom is among them) and MLflow, logs, files, environments and command lines,
for each secret as it is, and as base64, hexadecimal digits, JSON and percent-encoded text. A secret of its own,
written into the log folder for the purpose, must be found, or the search proves nothing.

Exit code 1: a secret was found, or a place could not be searched. 2: there is nothing to search.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field

from cloudflow_cli.output import console, print_json
from cloudflow_cli.stack.layout import Layout, current_layout
from cloudflow_lib.bootstrap import services, settings
from cloudflow_lib.errors import CloudFlowError
from tests.security import places
from tests.security.needles import Needles
from tests.security.places import Piece

CANARY = "canary"


@dataclass
class Search:
    """What was searched in one place, and what was found."""

    place: str
    pieces: int = 0
    size_bytes: int = 0
    found: dict[str, list[str]] = field(default_factory=dict)
    """Secret -> the first places where it lies."""
    problem: str | None = None


def cloud_secrets() -> dict[str, str]:
    """Return the open secrets of every credential, by a name that may be printed."""
    bench = services()
    keyring = bench.keyring
    assert keyring is not None
    found = {}
    for credential in bench.catalog.credentials():
        opened = keyring.open(credential.sealed, bound_to=credential.credential_id)
        found |= {f"{credential.credential_id}.{name}": text for name, text in opened.items()}
    return found


def search(place: str, pieces: Callable[[], Iterator[Piece]], needles: Needles) -> Search:
    """Look for the secrets in every piece of a place."""
    result = Search(place)
    try:
        for where, data in pieces():
            result.pieces += 1
            result.size_bytes += len(data)
            for name in needles.found_in(data):
                result.found.setdefault(name, []).append(where)
    except Exception as error:  # noqa: BLE001 - whatever it is, this place was not searched, which is what counts
        result.problem = f"{type(error).__name__}: {error}"
    if not result.problem and not result.pieces:
        result.problem = "it is empty: nothing was searched"
    return result


def sweep(layout: Layout, found: dict[str, str]) -> list[Search]:
    """Search every place; the log folder holds a secret that must be found."""
    canary = secrets.token_urlsafe(30)
    needles = Needles({**found, CANARY: canary})
    trap = layout.logs / f"sweep-{secrets.token_hex(4)}.log"
    trap.write_text(f"a line of a log with {canary} in it\n")
    config = settings()
    try:
        return [
            search("MongoDB", lambda: places.mongo(config), needles),
            search("Kafka", lambda: places.kafka(config), needles),
            search("databases of Airflow and MLflow", lambda: places.postgres(layout), needles),
            search("logs", lambda: places.logs(layout), needles),
            search("files of the platform", lambda: places.own_files(layout), needles),
            search("environments and command lines", lambda: places.processes(layout), needles),
        ]
    finally:
        trap.unlink()


def verdict(searches: list[Search]) -> list[str]:
    """Return what is wrong, one line each; nothing if all is well."""
    wrong = [f"{one.place} was not searched: {one.problem}" for one in searches if one.problem]
    for one in searches:
        wrong += [
            f"{name} lies in {one.place}: {', '.join(at[:3])}" for name, at in one.found.items() if name != CANARY
        ]
    if not any(CANARY in one.found for one in searches):
        wrong.append("the secret that was written down for the purpose was not found: this search proves nothing")
    return wrong


def say(line: str) -> None:
    """Write a line as it is."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def main() -> int:
    """Do what the module's first line says."""
    try:
        found = cloud_secrets()
    except CloudFlowError as error:
        sys.stderr.write(f"No stack to search: {error}\n")
        return 2
    if not found:
        sys.stderr.write("No stack to search: the catalogue keeps no credential.\n")
        return 2
    searches = sweep(current_layout(), found)
    wrong = verdict(searches)
    if "--json" in sys.argv[1:]:
        print_json({"secrets": sorted(found), "searches": [asdict(one) for one in searches], "wrong": wrong})
        return int(bool(wrong))
    say(f"Secrets looked for: {', '.join(sorted(found))}; and one that lies in the logs for the purpose.")
    for one in searches:
        told = ", ".join(one.found) or "nothing"
        say(f"{one.place:<34} {one.pieces:>9,} pieces {one.size_bytes:>14,} bytes   found: {told}")
    say("\n".join(wrong) or "No cloud secret lies anywhere in clear.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
