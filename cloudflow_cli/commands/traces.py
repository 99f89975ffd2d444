"""`cloudflow traces make`: traces to try policies on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudflow_cli.output import errors, print_json, print_rows
from cloudflow_lib.errors import WrongInputError

if TYPE_CHECKING:
    from ml.backtest.traces import Trace

traces = typer.Typer(help="Traces of use, to try policies on.", no_args_is_help=True)


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()] if text else []


def _write(trace: Trace, folder: Path) -> None:
    from ml.backtest.trace_files import write_trace

    try:
        write_trace(trace, folder)
    except OSError as error:
        raise WrongInputError(f"cannot write into {folder}: {error.strerror}") from error


@traces.command()
def make(
    out: Annotated[Path, typer.Argument(help="The folder to write into; each trace gets one of its own in it.")],
    families: Annotated[
        str | None, typer.Option(help="media, lake, kv, tenants, backup, separated by commas; left out: all.")
    ] = None,
    seed: Annotated[str, typer.Option(help="One seed, or several separated by commas.")] = "1",
    changes: Annotated[
        str | None,
        typer.Option(help="Also each family with these after adoption: wake, scan, stop, thin, shuffle."),
    ] = None,
    objects: Annotated[int, typer.Option(min=1, max=10_000_000, help="Objects in a trace.")] = 5_000,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Days in a trace.")] = 730,
    history: Annotated[int, typer.Option(min=0, help="Days of it that policies learn from.")] = 365,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Draw traces of the development families; the same seed draws the same trace."""
    from ml.backtest.families.draws import Scale
    from ml.backtest.families.families import FAMILIES
    from ml.backtest.families.make import make_trace

    seeds = _names(seed)
    if not all(one.isdecimal() for one in seeds) or not seeds:
        raise WrongInputError(f"--seed {seed!r}: write whole numbers separated by commas")
    scale = Scale(objects=objects, days=days, history_days=history)
    written = []
    for family in _names(families) or FAMILIES:
        for number in map(int, seeds):
            for change in (None, *_names(changes)):
                with errors.status(f"drawing {family} {number} {change or ''}"):
                    trace = make_trace(family, number, scale, change)
                    _write(trace, out / trace.name)
                written.append(
                    {"trace": str(out / trace.name), "objects": len(trace.objects), "access_rows": len(trace.log)}
                )
    if json_output:
        print_json(written)
    else:
        print_rows("Traces", ["trace", "objects>", "access rows>"], [tuple(one.values()) for one in written])
