"""`cloudflow scan`, `ingest`, `classify` and `files`: what the platform knows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cloudflow_cli.output import console, errors, print_counts, print_json, print_rows, size
from cloudflow_lib.domain.tiers import Tier

JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
SomeLocations = Annotated[list[str] | None, typer.Argument(help="Locations; none: all of them.", show_default=False)]


def _chosen(names: list[str] | None) -> list[str]:
    from cloudflow_lib.bootstrap import services

    catalog = services().catalog
    found = [catalog.location(name) for name in names] if names else list(catalog.locations())
    return [location.location_id for location in found]


def scan(location: SomeLocations = None, json_output: JsonOutput = False) -> None:
    """
    Bring the catalogue up to date with what lies in the locations.

    A rescan of an unchanged location writes nothing; an object that vanished is marked, not forgotten.
    """
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.scan_location import scan_location

    bench = services()
    reports = {}
    for name in _chosen(location):
        with errors.status(f"scanning {name}"):
            report = scan_location(name, catalog=bench.catalog, open_store=bench.open_store, clock=bench.clock)
        reports[name] = asdict(report)
        if not json_output:
            print_counts(name, reports[name])
    if json_output:
        print_json(reports)
    elif not reports:
        console.print("There is no location yet: add one with `cloudflow locations add`.")


def ingest(location: SomeLocations = None, json_output: JsonOutput = False) -> None:
    """Count the reads told by access logs that have not been read yet."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.ingest_feeds import ingest_feeds

    bench = services()
    reports = {}
    for name in _chosen(location):
        with errors.status(f"reading the access logs of {name}"):
            reports[name] = [asdict(report) for report in ingest_feeds(name, bench)]
        if not json_output:
            for report in reports[name]:
                print_counts(name, report)
    if json_output:
        print_json(reports)


def classify(
    location: Annotated[str | None, typer.Argument(help="One location; none: all files.", show_default=False)] = None,
    json_output: JsonOutput = False,
) -> None:
    """Put every file into hot, warm or cold, by how it is used; each decision keeps its reasons."""
    from cloudflow_lib.bootstrap import services, settings
    from cloudflow_lib.workflows.classify_files import classify_files

    bench = services()
    if location:
        bench.catalog.location(location)
    with errors.status("classifying"):
        report = classify_files(
            catalog=bench.catalog,
            clock=bench.clock,
            thresholds=settings().classification.thresholds(),
            location_id=location,
        )
    if json_output:
        print_json(asdict(report))
    else:
        print_counts("Classified", asdict(report))


def files(
    location: Annotated[str | None, typer.Argument(help="Only this location.", show_default=False)] = None,
    owner: Annotated[str | None, typer.Option(help="Only files of this user.")] = None,
    tier: Annotated[Tier | None, typer.Option(help="Only files of this class.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Only keys that start with it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
    json_output: JsonOutput = False,
) -> None:
    """Show files, their class, and why it is that."""
    from cloudflow_lib.bootstrap import services

    catalog = services().catalog
    if location:
        catalog.location(location)
    page = catalog.list_files(owner=owner, location_id=location, tier=tier, prefix=prefix, limit=limit)
    if json_output:
        print_json({"files": list(page.files), "next_cursor": page.next_cursor})
        return
    rows = [
        (f"{f.location_id}/{f.key}", size(f.size_bytes), f.owner, f.tier, f.storage_class, "; ".join(f.tier_reasons))
        for f in page.files
    ]
    print_rows("Files", ["file", "size>", "owner", "class", "stored as", "why"], rows)
