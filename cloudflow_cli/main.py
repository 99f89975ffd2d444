"""The console entry point `cloudflow`: every command in one place."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from cloudflow_cli.commands import (
    backtest,
    campaigns,
    catalog,
    consume,
    costs,
    dead_letters,
    demo,
    events,
    migrate,
    migrations,
    places,
    prices,
    recommend,
    stack,
    traces,
    train,
)
from cloudflow_cli.output import errors, print_json
from cloudflow_lib.errors import CloudFlowError, NotFoundError, WrongInputError

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130

USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]  # typer does not export the family's name

app = typer.Typer(
    name="cloudflow",
    help="Storage that manages itself: knows every file in S3, Azure and Google Cloud, and moves it safely.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

STACK = "The servers on this machine"
FILES = "Files"
EVENTS = "Events"
MONEY = "Money"

app.command(rich_help_panel=STACK)(stack.up)
app.command(rich_help_panel=STACK)(stack.down)
app.command(rich_help_panel=STACK)(stack.status)
app.command(rich_help_panel=STACK)(stack.doctor)
app.command(rich_help_panel=STACK)(demo.demo)
app.command(rich_help_panel=FILES)(catalog.scan)
app.command(rich_help_panel=FILES)(catalog.ingest)
app.command(rich_help_panel=FILES)(catalog.classify)
app.command(rich_help_panel=FILES)(catalog.files)
app.command(rich_help_panel=FILES)(migrate.migrate)
app.add_typer(migrations.migrations, name="migrations", rich_help_panel=FILES)
app.add_typer(campaigns.campaigns, name="campaigns", rich_help_panel=FILES)
app.add_typer(places.locations, name="locations", rich_help_panel=FILES)
app.add_typer(places.credentials, name="credentials", rich_help_panel=FILES)
app.add_typer(events.events, name="events", rich_help_panel=EVENTS)
app.command(rich_help_panel=EVENTS)(events.relay)
app.command(rich_help_panel=EVENTS)(consume.consume)
app.command("dead-letters", rich_help_panel=EVENTS)(dead_letters.dead_letters)
app.command(rich_help_panel=MONEY)(recommend.recommend)
app.command(rich_help_panel=MONEY)(train.train)
app.add_typer(recommend.recommendations, name="recommendations", rich_help_panel=MONEY)
app.add_typer(prices.prices, name="prices", rich_help_panel=MONEY)
app.add_typer(costs.costs, name="costs", rich_help_panel=MONEY)
app.command(rich_help_panel=MONEY)(backtest.backtest)
app.add_typer(traces.traces, name="traces", rich_help_panel=MONEY)


@app.command()
def version(*, json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False) -> None:
    """Print the version."""
    number = importlib.metadata.version("cloudflow")
    print_json({"version": number}) if json_output else typer.echo(f"cloudflow {number}")


def run(arguments: list[str] | None = None) -> None:
    """Do what the command line says and exit: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(_outcome(given or ["--help"]))


def _outcome(arguments: list[str]) -> int:
    """Run one command and turn what it raises into one line for people."""
    try:
        code = typer.main.get_command(app).main(arguments, prog_name="cloudflow", standalone_mode=False)
        sys.stdout.flush()
    except USAGE_ERROR as error:
        return _tell(error.format_message().strip(), WRONG_USAGE)  # type: ignore[attr-defined] # see USAGE_ERROR
    except (WrongInputError, NotFoundError) as error:  # a name that nobody knows was typed wrongly
        return _tell(str(error), WRONG_USAGE)
    except CloudFlowError as error:
        return _tell(str(error), FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return _tell("stopped", INTERRUPTED)
    except OSError as error:  # a full disk, a closed pipe, a folder that is not ours
        _forget_output()
        return FAILED if isinstance(error, BrokenPipeError) else _tell(str(error), FAILED)
    return code if isinstance(code, int) else 0


def _forget_output() -> None:
    """Drop what could not be written: Python would try once more at its end, and complain."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(text: str, code: int) -> int:
    errors.print(f"cloudflow: {text}", style=None, markup=False, highlight=False, soft_wrap=True)
    return code


if __name__ == "__main__":
    run()
