"""The demonstration from its first file to its last figure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cloudflow_cli.demo.candidates import find_candidates, machine_roots
from cloudflow_cli.demo.choice import Wish
from cloudflow_cli.demo.clouds import Door, open_door
from cloudflow_cli.demo.locations import save_places
from cloudflow_cli.demo.manifest import Manifest, renew
from cloudflow_cli.demo.past import began_at, let_files_be_old
from cloudflow_cli.demo.placing import S3
from cloudflow_cli.demo.readers import read_for_real
from cloudflow_cli.demo.routes import CLASSES, FORBIDDEN, ROUTES, Pool, Run
from cloudflow_cli.demo.runs import Airflow, Outcome
from cloudflow_cli.demo.steps import Steps
from cloudflow_cli.demo.uploads import plan_uploads, run_uploads
from cloudflow_cli.demo.world import World
from cloudflow_cli.output import size
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.ports.secrets import Keyring
from cloudflow_lib.workflows.services import Services

HISTORY_DAYS = 120
SEED = 20_260
PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What every act of the story works with."""

    world: World
    services: Services
    keyring: Keyring
    airflow: Airflow
    steps: Steps

    @property
    def catalog(self) -> Catalog:
        return self.services.catalog


def choose_files(stage: Stage) -> Manifest:
    """Choose real files of this machine, or find those of the last time."""
    world = stage.world
    with stage.steps.step("Choosing real files of this machine") as step:
        shut = (world.layout.root, world.layout.home)
        manifest = renew(
            Manifest.read(world.manifest_file),
            lambda: find_candidates(machine_roots(), without=shut),
            Wish(),
        )
        manifest.write(world.manifest_file)
        step.result = f"{len(manifest.entries):,} files, {size(manifest.size_bytes)}"
    return manifest


def open_places(stage: Stage) -> dict[str, Door]:
    """Make the buckets that are missing, and tell the platform about its places."""
    with stage.steps.step("Opening S3, Azure and Google Cloud Storage") as step:
        stage.catalog.prepare()
        doors = {place.location_id: open_door(place) for place in stage.world.places().values()}
        made = sum(door.make_bucket() for door in doors.values())
        saved = save_places(stage.world, stage.catalog, stage.keyring)
        step.result = f"{len(doors)} places, {made} buckets made, {saved} settings saved"
    return doors


def write_history(stage: Stage, manifest: Manifest) -> None:
    """Write the made-up past of the files, once: access logs in the providers' own formats."""
    from cloudflow_cli.demo.history import ensure_history

    with stage.steps.step(f"Writing {HISTORY_DAYS} days of synthetic access logs") as step:
        step.result = ensure_history(stage.world, manifest.entries, seed=SEED, now=datetime.now(UTC), days=HISTORY_DAYS)


def upload(stage: Stage, manifest: Manifest, doors: dict[str, Door]) -> None:
    """Upload what is missing."""
    with stage.steps.step("Uploading through the platform's adapters", in_bytes=True) as step:
        present = {name: door.objects() for name, door in doors.items()}
        missing = plan_uploads(manifest.entries, known_files(manifest, stage.catalog), present)
        total = sum(one.entry.size_bytes for one in missing)
        step.total(total)
        run_uploads(missing, stage.services.open_store, step.add)
        step.result = f"{len(missing):,} files, {size(total)}"


def learn(stage: Stage, manifest: Manifest) -> None:
    """Scan, read files for real, count reads: each as a run of its DAG."""
    with stage.steps.step("scan_locations: filling the catalogue") as step:
        stage.airflow.finish("scan_locations")
        files = known_files(manifest, stage.catalog)
        if missing := [entry for entry in manifest.entries if not _is_there(files.get(entry.file_id))]:
            raise CloudFlowError(
                f"{len(missing):,} uploaded files are not in the catalogue, such as {missing[0].key!r}"
            )
        old = let_files_be_old(files.values(), began_at(stage.world, HISTORY_DAYS), stage.catalog)
        step.result = f"{len(files):,} files catalogued"
        if old:
            step.result += f", {old:,} of them as if they had been here for months"
    with stage.steps.step("Reading files for real, as another user") as step:
        keys = [file.key for file in files.values() if file.location_id == S3]
        traffic = read_for_real(stage.world, stage.world.places()[S3], keys)
        step.result = (
            f"{traffic.gets} reads ({size(traffic.read_bytes)}), {traffic.heads} HEAD and {traffic.lists} LIST "
            "into the S3 server's own log"
        )
    with stage.steps.step("ingest_access_logs: counting reads"):
        stage.airflow.finish("ingest_access_logs")


def classify(stage: Stage) -> None:
    """Say of every file how it is used."""
    with stage.steps.step("classify_files: hot, warm or cold") as step:
        stage.airflow.finish("classify_files")
        tiers = [total for total in stage.catalog.totals() if total.location_id in stage.world.places()]
        counts = {tier: sum(one.files for one in tiers if one.tier.value == tier) for tier in ("hot", "warm", "cold")}
        step.result = ", ".join(f"{count:,} {tier}" for tier, count in counts.items())


def begin_between(stage: Stage) -> Mapping[str, Run]:
    """Start every route between clouds side by side, and one run that must be refused."""
    pool = _pool(stage)
    return stage.airflow.begin([*(pool.draw(route) for route in ROUTES), pool.draw_forbidden(FORBIDDEN)])


def begin_classes(stage: Stage, others: Mapping[str, Run], files: int) -> Mapping[str, Run]:
    """Change the class of *files* where they lie, none of which moves in *others*."""
    moving = {file_id for run in others.values() for file_id in run.file_ids}
    return stage.airflow.begin([_pool(stage, without=moving).draw(replace(CLASSES, files=files))])


def _pool(stage: Stage, without: Collection[str] = ()) -> Pool:
    catalog, names = stage.catalog, list(stage.world.places())
    files = [file for name in names for page in catalog.iter_files(name) for file in page]
    quarantined = {name: {source.key for source in catalog.quarantined_at(name).values()} for name in names}
    locations = [catalog.location(name) for name in names]
    return Pool([file for file in files if file.file_id not in without], locations, quarantined)


def end_moves(stage: Stage, begun: Mapping[str, Run]) -> list[Outcome]:
    """Wait for all that was begun."""
    with stage.steps.step(f"migrate_files: {len(begun)} runs side by side") as step:
        outcomes = stage.airflow.end(begun, stage.catalog, step.reach)
        done = sum(len(outcome.migrations) for outcome in outcomes if outcome.is_as_wanted)
        step.result = f"{done} files in runs that ended as they should"
    return outcomes


def run_audit(stage: Stage) -> dict[str, Any]:
    """Let a process of its own compare every migrated file with its original."""
    with stage.steps.step("Auditing byte for byte, without the mover's code") as step:
        ended = subprocess.run(
            [sys.executable, "-m", "cloudflow_cli.demo.audit", "--json"],
            capture_output=True,
            check=False,
            text=True,
            cwd=stage.world.layout.root,
            env={**os.environ, "CLOUDFLOW_HOME": str(stage.world.layout.home)},
        )
        if not ended.stdout:
            raise CloudFlowError(f"the audit broke off: {ended.stderr.strip()[-500:]}")
        found: dict[str, Any] = json.loads(ended.stdout)
        step.result = f"{found['compared']} files compared, {len(found['findings'])} findings"
    return found


def known_files(manifest: Manifest, catalog: Catalog) -> dict[str, CatalogFile]:
    """Return file id -> what the catalogue has, of the files of the demonstration."""
    ids: Sequence[str] = [entry.file_id for entry in manifest.entries]
    pages = (catalog.files_by_id(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE))
    return {file.file_id: file for page in pages for file in page}


def _is_there(file: CatalogFile | None) -> bool:
    return file is not None and file.state is FileState.PRESENT
