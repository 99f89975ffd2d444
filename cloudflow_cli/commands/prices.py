"""`cloudflow prices show` and `check`: what the platform calculates with, and where each figure comes from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from cloudflow_cli.output import console, print_json, print_rows
from cloudflow_lib.domain.prices import UNIT_OF, PriceLine

prices = typer.Typer(help="Price books: what providers ask, line by line, with source and date.", no_args_is_help=True)

JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
Overrides = Annotated[
    Path | None, typer.Option(help="A TOML file of your own discounts and prices.", show_default=False)
]


@prices.command()
def show(
    book: Annotated[str, typer.Argument(help="aws, azure, gcs, stress, or a TOML file.")],
    storage_class: Annotated[str | None, typer.Option("--class", help="Only this class.", show_default=False)] = None,
    overrides: Overrides = None,
    json_output: JsonOutput = False,
) -> None:
    """Show a price book: the rules of its classes and every price with its source and date."""
    from cloudflow_lib.adapters.prices.files import book_hash, price_book

    shown = price_book(book, overrides)
    classes = shown.classes if storage_class is None else (shown.storage_class(storage_class),)
    lines = [line for line in shown.lines if storage_class in (None, line.storage_class)]
    if json_output:
        head = {"name": shown.name, "provider": shown.provider, "region": shown.region, "hash": book_hash(shown)}
        print_json({**head, "classes": classes, "lines": lines, "sources": dict(shown.sources)})
        return
    print_rows(
        f"{shown.name}: {shown.provider} {shown.region}",
        ["class", "minimum days>", "minimum size>", "overhead>", "served at once", "cools down by itself after"],
        [
            (
                c.name,
                c.minimum_days or "",
                c.minimum_bytes or "",
                c.overhead_bytes + c.overhead_hot_bytes or "",
                "yes" if c.instant else "no",
                ", ".join(f"{step.idle_days} d" for step in c.steps[1:]),
            )
            for c in classes
        ],
    )
    print_rows("Prices", ["class", "meter", "option", "USD>", "for", "up to>", "source", "seen"], _rows(lines))
    for name, title in sorted(shown.sources.items()):
        console.print(f"{name}: {title}", markup=False, highlight=False, soft_wrap=True)


def _rows(lines: Iterable[PriceLine]) -> list[tuple[object, ...]]:
    return [
        (
            line.storage_class or "(account)",
            line.meter,
            line.option,
            line.usd,
            f"{line.per:,} {UNIT_OF[line.meter]}",
            "" if line.up_to is None else f"{line.up_to:,}",
            line.source,
            line.seen,
        )
        for line in lines
    ]


@prices.command()
def check(
    book: Annotated[
        list[str] | None, typer.Argument(help="Names or TOML files; none: all that ship.", show_default=False)
    ] = None,
    overrides: Overrides = None,
    json_output: JsonOutput = False,
) -> None:
    """Check that price books, and your own prices on top of them, hold together; say how old their figures are."""
    from cloudflow_lib.adapters.prices.files import BOOKS, book_hash, price_book

    rows = []
    for name in book or BOOKS:
        found = price_book(name, overrides)
        seen = [line.seen for line in found.lines]
        rows.append(
            {
                "name": found.name,
                "provider": found.provider,
                "region": found.region,
                "classes": len(found.classes),
                "lines": len(found.lines),
                "oldest": min(seen).isoformat(),
                "newest": max(seen).isoformat(),
                "hash": book_hash(found),
            }
        )
    if json_output:
        print_json(rows)
    else:
        print_rows("Price books hold together", list(rows[0]), [tuple(row.values()) for row in rows])
