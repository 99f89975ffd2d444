"""`cloudflow demo`: the whole platform at work on real files of this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from cloudflow_cli.output import console, errors, print_json


def demo(
    port_offset: Annotated[
        int | None,
        typer.Option(envvar="CLOUDFLOW_PORT_OFFSET", help="Add this to every port; remembered.", show_default=False),
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; progress goes to stderr.")
    ] = False,
) -> None:
    """
    Start the stack, fill it with real files of this machine, do the main job on them, and prove it.

    Some 2,200 files go to S3, Azure and Google Cloud Storage (emulators on this machine), are catalogued,
    classified by their access logs and migrated; a model is trained, what it recommends is applied, and
    the bills are compared; an audit compares every byte. Run it again: it goes on with what is there.
    Exit code 1 when anything does not hold.
    """
    from cloudflow_cli.demo.own_dag import place_own_dag
    from cloudflow_cli.demo.play import play
    from cloudflow_cli.demo.prices import write_prices
    from cloudflow_cli.demo.report import print_report
    from cloudflow_cli.demo.steps import Steps
    from cloudflow_cli.demo.world import World
    from cloudflow_cli.stack.launcher import start
    from cloudflow_cli.stack.layout import current_layout

    layout = current_layout()
    screen = errors if json_output else console
    steps = Steps(screen)
    layout.make_folders()
    write_prices(layout)
    place_own_dag(layout)
    with steps.step("Starting the servers") as step:
        started = start(layout, lambda name, word: step.tell(f"{name} {word}"), offset=port_offset)
        step.result = "started" if started.is_new else "they ran already"
    report = play(World(layout, started.ports, started.secrets), steps)
    if json_output:
        print_json(report)
    else:
        print_report(report)
    raise typer.Exit(0 if report.is_good else 1)
