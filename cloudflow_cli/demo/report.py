"""The table at the end of the demonstration, and the same as one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudflow_cli.demo.figures import ClassRow, RunRow
from cloudflow_cli.demo.money import Money
from cloudflow_cli.demo.money_table import print_money
from cloudflow_cli.demo.news import NewsRow
from cloudflow_cli.demo.world import World
from cloudflow_cli.output import console, print_rows, size
from cloudflow_cli.stack.places import places

LOG_WIDTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """Everything the demonstration has to tell."""

    is_good: bool
    problems: tuple[str, ...]
    """Why it is not good, one line each."""
    files: int
    size_bytes: int
    classes: Sequence[ClassRow]
    runs: Sequence[RunRow]
    done: int
    failed: int
    p50_seconds: float | None
    p95_seconds: float | None
    events: Mapping[str, int]
    """Topic -> events it holds."""
    new_events: Mapping[str, int]
    """Topic -> events of this demonstration."""
    mails: int
    new_mails: int
    audit: Mapping[str, Any]
    money: Money
    news: Sequence[NewsRow]
    step_seconds: Mapping[str, float]
    seconds: float
    """From the start of the first step; with the stack's own start where it was down."""
    urls: Mapping[str, str]
    logins: Mapping[str, str]


def urls(world: World) -> dict[str, str]:
    """Return every address, for people."""
    return {
        "Airflow: DAGs, runs, dashboard": f"http://127.0.0.1:{world.ports.airflow}",
        "Mail catcher": f"http://127.0.0.1:{world.ports.mail}",
        "MLflow": f"http://127.0.0.1:{world.ports.mlflow}",
        **{name: url for name, url in places(world.ports).items() if name not in ("airflow-api", "mlflow", "mail")},
    }


def print_report(report: DemoReport) -> None:
    """Print the table; a log has no width of its own, and gets one that wraps nothing."""
    if not console.is_terminal:
        console.width = LOG_WIDTH
    console.print()
    _print_classes(report.classes)
    _print_runs(report)
    topics = [(topic, f"{report.new_events[topic]:,}", f"{count:,}") for topic, count in report.events.items()]
    print_rows("Events in Kafka", ["topic", "new>", "all>"], topics)
    audit = report.audit
    print_rows(
        "Proof",
        ["what", "value>"],
        [
            ("mails in the catcher, new", f"{report.new_mails:,}"),
            ("mails in the catcher, all", f"{report.mails:,}"),
            ("migrated files compared byte for byte", f"{audit['compared']:,}"),
            ("bytes compared", size(audit["compared_bytes"])),
            ("differences", audit["different"]),
            ("lost", audit["lost"]),
            ("duplicates", audit["duplicates"]),
            ("sources not gone or kept as asked", audit["wrong_sources"]),
        ],
    )
    print_money(report.money)
    told = [(row.what, row.result, row.where) for row in report.news]
    pages = f"{report.urls['Airflow: DAGs, runs, dashboard']}/plugin/cloudflow"
    print_rows(f"Nobody is surprised (pages are below {pages})", ["what", "this time", "where to look"], told)
    print_rows("Where", ["what", "address"], report.urls.items())
    print_rows("Logins to Airflow", ["user", "password"], report.logins.items())
    _print_verdict(report)


def _print_classes(rows: Sequence[ClassRow]) -> None:
    cells: list[tuple[str, ...]] = [
        (
            row.location,
            row.tier,
            row.storage_class,
            f"{row.files_before:,}",
            f"{row.files_after:,}",
            size(row.bytes_before),
            size(row.bytes_after),
        )
        for row in rows
    ]
    total = [sum(getattr(row, name) for row in rows) for name in ("files_before", "files_after")]
    total_bytes = [sum(getattr(row, name) for row in rows) for name in ("bytes_before", "bytes_after")]
    cells.append(("all", "", "", *(f"{count:,}" for count in total), *(size(count) for count in total_bytes)))
    columns = ["location", "class", "stored as", "files before>", "after>", "bytes before>", "after>"]
    print_rows("Files by cloud and class", columns, cells)


def _print_runs(report: DemoReport) -> None:
    rows = [
        (
            row.title,
            row.user,
            _sources(row),
            "refused, rightly" if row.refused and row.is_as_wanted else row.state,
            row.done,
            row.failed,
            size(row.size_bytes),
            _seconds(row.p50_seconds),
            _seconds(row.p95_seconds),
        )
        for row in report.runs
    ]
    total = sum(row.size_bytes for row in report.runs)
    p50, p95 = _seconds(report.p50_seconds), _seconds(report.p95_seconds)
    rows.append(("all", "", "", "", report.done, report.failed, size(total), p50, p95))
    columns = ["from, to", "by", "sources", "state", "done>", "failed>", "bytes>", "p50 s>", "p95 s>"]
    print_rows(
        "Runs of migrate_files (p50, p95: seconds per file from asked for to done, all runs side by side)",
        columns,
        rows,
    )


def _sources(row: RunRow) -> str:
    if row.quarantine_days is None or row.refused:
        return ""
    return f"kept {row.quarantine_days:g} days" if row.quarantine_days else "removed"


def _print_verdict(report: DemoReport) -> None:
    if report.is_good:
        verdict = f"[bold green]All of it holds[/bold green] ({report.seconds:.0f} s)."
        console.print(verdict + " `make down` stops the stack, `make clean` forgets it.")
    for problem in report.problems:
        console.print(f"[bold red]does not hold:[/bold red] {problem}", highlight=False, soft_wrap=True)


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
