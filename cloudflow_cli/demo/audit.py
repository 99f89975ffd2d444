"""
`python -m cloudflow_cli.demo.audit`: checks everything the demonstration moved, byte for byte.

A program of its own that shares nothing with the mover: it looks at the stores through the vendors' own
SDKs and compares with the original files of this machine. Exit code 1 when anything is wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cloudflow_cli.demo.clouds import Door, open_door
from cloudflow_cli.demo.judging import Fault, Finding, Scene, judge, moved_files
from cloudflow_cli.demo.manifest import Entry, Manifest, sha256_of
from cloudflow_cli.demo.world import World
from cloudflow_cli.output import errors, print_counts, print_json, print_rows
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.errors import CloudFlowError

THREADS = 8
PAGE = 500
MOST_MIGRATIONS = 1_000_000
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What the audit found."""

    files: int
    """Files of the demonstration, each looked for in every store."""
    objects: int
    """Objects the stores list."""
    compared: int
    """Migrated files whose bytes were compared with the original."""
    compared_bytes: int
    originals_changed: int
    """Originals that are no longer what they were: compared with the checksum taken then."""
    moved: int
    changed_class: int
    kept_sources: int
    different: int
    lost: int
    duplicates: int
    wrong_sources: int
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def audit(world: World, *, everything: bool = False) -> AuditReport:
    """Look at every store and compare the bytes of each migrated file, or with *everything* of each file."""
    doors = {place.location_id: open_door(place) for place in world.places().values()}
    scene = _look(world, doors)
    pairs = moved_files(scene)
    if everything:
        pairs = [(entry, scene.files[entry.file_id]) for entry in scene.entries if entry.file_id in scene.files]
    with ThreadPoolExecutor(THREADS) as pool:
        differences = list(pool.map(lambda pair: _compare(pair[0], pair[1], doors[pair[1].location_id]), pairs))
    found = [*judge(scene), *(finding for finding in differences if finding)]
    findings = {(finding.fault, finding.where): finding for finding in found}.values()  # a lost file is missed twice
    counts = {fault: sum(finding.fault is fault for finding in findings) for fault in Fault}
    done = [migration for migration in scene.migrations if migration.state == "done"]
    return AuditReport(
        files=len(scene.entries),
        objects=sum(len(objects) for objects in scene.seen.values()),
        compared=len(pairs),
        compared_bytes=sum(entry.size_bytes for entry, _ in pairs),
        originals_changed=sum(not _is_original(entry) for entry, _ in pairs),
        moved=sum(not migration.stays_in_place for migration in done),
        changed_class=sum(migration.stays_in_place for migration in done),
        kept_sources=len(scene.quarantined),
        different=counts[Fault.DIFFERENT],
        lost=counts[Fault.LOST],
        duplicates=counts[Fault.DUPLICATE],
        wrong_sources=counts[Fault.SOURCE],
        findings=tuple(findings),
    )


def _look(world: World, doors: dict[str, Door]) -> Scene:
    """Read the catalogue, then list every store."""
    from cloudflow_lib.bootstrap import services

    catalog = services().catalog
    entries = Manifest.read(world.manifest_file).entries
    ids = [entry.file_id for entry in entries]
    files = [file for start in range(0, len(ids), PAGE) for file in catalog.files_by_id(ids[start : start + PAGE])]
    known = set(ids)
    return Scene(
        entries=entries,
        files={file.file_id: file for file in files},
        migrations=[move for move in catalog.recent_migrations(limit=MOST_MIGRATIONS) if move.file_id in known],
        quarantined=[source for name in doors for source in catalog.quarantined_at(name).values()],
        seen={name: door.objects() for name, door in doors.items()},
        forgetful=[place.location_id for place in world.places().values() if place.forgets],
    )


def _compare(entry: Entry, file: CatalogFile, door: Door) -> Finding | None:
    where = f"{file.location_id}/{file.key}"
    digest, size_bytes = hashlib.sha256(), 0
    try:
        for piece in door.read(file.key):
            digest.update(piece)
            size_bytes += len(piece)
    except FileNotFoundError:
        return Finding(Fault.LOST, where, "the store has no such object")
    except Exception as error:  # noqa: BLE001 - whatever an SDK raises is a finding, not the end of the audit
        return Finding(Fault.LOST, where, f"it cannot be read: {error}")
    if (size_bytes, digest.hexdigest()) == (entry.size_bytes, entry.sha256):
        return None
    return Finding(Fault.DIFFERENT, where, f"its {size_bytes:,} bytes are not those of the original")


def _is_original(entry: Entry) -> bool:
    path = Path(entry.path)
    return path.is_file() and sha256_of(path) == entry.sha256


def main(
    *,
    everything: Annotated[
        bool, typer.Option("--everything", help="Compare the bytes of all files, not only of the migrated ones.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Check what the demonstration moved, byte for byte; exit code 1 when anything is wrong."""
    from cloudflow_cli.stack.layout import current_layout

    try:
        report = audit(World.of(current_layout()), everything=everything)
    except CloudFlowError as error:
        errors.print(f"audit: {error}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    if json_output:
        print_json(report)
    else:
        print_counts("Audit", dict(_numbers(report)))
        _print_findings(report.findings)
    raise typer.Exit(0 if report.is_good else 1)


def _numbers(report: AuditReport) -> Sequence[tuple[str, str]]:
    names = AuditReport.__slots__
    return [(name.replace("_", " "), f"{getattr(report, name):,}") for name in names if name != "findings"]


def _print_findings(findings: Sequence[Finding]) -> None:
    if findings:
        rows = [(finding.fault.value, finding.where, finding.what) for finding in findings[:SHOWN]]
        print_rows(f"{len(findings)} findings", ["what", "where", "why"], rows)


if __name__ == "__main__":
    typer.run(main)
