"""The bills of the demonstration as people read them."""

from __future__ import annotations

from collections.abc import Iterator

from cloudflow_cli.demo.money import Money
from cloudflow_cli.demo.placing import ARCHIVE
from cloudflow_cli.demo.prices import FACTOR
from cloudflow_cli.output import console, print_rows


def print_money(money: Money) -> None:
    """Print the bills, and what they are the bills of."""
    rows = [
        ("before", _dollars(money.before), "as the files lay, with the reads of the last 30 days"),
        (
            "promised",
            _dollars(money.before - money.promised),
            f"by the {money.applied} recommendations that were applied, with the reads they expect",
        ),
        ("after", _dollars(money.after), "as the files lie now, with the reads of the last 30 days"),
        ("if all of it were hot", _dollars(money.all_hot), "nobody looks after it"),
        ("if Amazon moved it", _dollars(money.managed), "Intelligent-Tiering, ever since"),
        ("what the moves cost, once", _dollars(money.once), "requests and retrieval"),
    ]
    as_if = f", as if each byte were {FACTOR:,}" if money.is_enlarged else ""
    print_rows(f"The monthly bill of {ARCHIVE}{as_if}", ["", "USD>", ""], rows)
    for note in _notes(money):
        console.print(note, style="dim", highlight=False)


def _notes(money: Money) -> Iterator[str]:
    size = money.size_bytes / 1e9
    if money.is_enlarged:
        yield (
            f"The {money.files:,} files hold {size:.3f} GB and would cost next to nothing: prices per byte count "
            f"{FACTOR:,} times here, as if it were {size * FACTOR:,.0f} GB. Prices per request are as published."
        )
    yield f"Recommended by the {money.champion}; {money.left} recommendations for other places are left to you."
    if not money.asked:
        yield "Nothing is left there that pays back soon: doing nothing is the right answer now."


def _dollars(value: float) -> str:
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:,.4f}"
