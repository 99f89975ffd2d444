"""`cloudflow backtest`: what each policy would have cost on a trace, against the best there could have been."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudflow_cli.output import console, errors, print_json, print_rows

if TYPE_CHECKING:
    from ml.backtest.evaluate import Outcome

OPTIMA = ("optimum", "optimum_managed")


def backtest(
    trace: Annotated[Path, typer.Argument(help="A folder with objects.parquet, accesses.parquet and trace.json.")],
    prices: Annotated[str, typer.Option(help="aws, azure, gcs, stress, or a TOML file.")] = "aws",
    policies: Annotated[
        str | None, typer.Option(help="Only these, separated by commas; left out: all.", show_default=False)
    ] = None,
    overrides: Annotated[
        Path | None, typer.Option(help="A TOML file of your own discounts and prices.", show_default=False)
    ] = None,
    coldest: Annotated[
        str | None,
        typer.Option(help="The coldest class that reads may come from; left out: the coldest of those used."),
    ] = None,
    beyond_cold: Annotated[
        bool,
        typer.Option(
            "--beyond-cold",
            help="Use a class colder than those of the three tiers, too, if it answers at once: Google's ARCHIVE.",
        ),
    ] = False,
    by_lifecycle: Annotated[
        bool,
        typer.Option(
            "--by-lifecycle",
            help="Charge every move as the provider's lifecycle rules are charged, not as a copy of one object.",
        ),
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """
    Replay a trace under every policy and bill them all alike, from the day on that its history ends.

    A ratio of 1 is the optimum: what would have been paid had the whole future been known, and had the
    provider's own lifecycle rules made every move.
    """
    from cloudflow_lib.adapters.prices.files import book_hash, price_book
    from ml.backtest.evaluate import Arena, evaluated
    from ml.backtest.policies.registry import chosen
    from ml.backtest.trace_files import read_trace

    wanted = chosen([name.strip() for name in policies.split(",")] if policies else None)
    book = price_book(prices, overrides)
    book = book.by_lifecycle if by_lifecycle else book
    with errors.status(f"reading {trace}"):
        read = read_trace(trace)
    arena = Arena(read, book, coldest, beyond_cold=beyond_cold)
    outcomes = {}
    with errors.status("replaying") as status:
        for name, outcome in evaluated(arena, wanted):
            outcomes[name] = outcome
            status.update(f"replaying: {name} done")
    told = _told(outcomes)
    about = {
        "trace": read.name,
        "days": read.days,
        "history_days": read.history_days,
        "objects": len(read.objects),
        "left_out": read.left_out,
    }
    if json_output:
        print_json({**about, "prices": book.name, "price_book_hash": book_hash(book), **told})
        return
    for reason, count in read.left_out.items():
        console.print(f"{count:,} access rows left out: {reason}")
    _print(read.name, book.name, told)


def _told(outcomes: dict[str, Outcome]) -> dict[str, Any]:
    best = outcomes["optimum"].cost_usd

    def with_ratio(outcome: Outcome) -> dict[str, object]:
        # A trace that costs nothing at best is won by whoever pays nothing either.
        ratio = outcome.cost_usd / best if best else 1.0 if outcome.cost_usd == best else None
        return {"ratio": ratio, **outcome.told()}

    optima = {name: with_ratio(outcomes[name]) for name in OPTIMA}
    return {**optima, "policies": {name: with_ratio(o) for name, o in outcomes.items() if name not in OPTIMA}}


def _print(trace: str, prices: str, told: dict[str, Any]) -> None:
    parts = list(told["optimum"]["split"])
    rows = []
    for name, one in {**{name: told[name] for name in OPTIMA}, **told["policies"]}.items():
        ratio = "-" if one["ratio"] is None else f"{one['ratio']:.3f}"
        split = [f"{one['split'][part]:,.2f}" for part in parts]
        rows.append((name, f"{one['cost_usd']:,.2f}", ratio, *split, one["moves"], one["reads_colder_than_allowed"]))
    columns = ["policy", "USD>", "ratio>", *(f"{part.replace('_', ' ')}>" for part in parts), "moves>", "too cold>"]
    print_rows(f"{trace} at {prices} prices, against the optimum", columns, rows)
