"""`cloudflow up`, `down`, `status` and `doctor`: the servers on this machine."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from cloudflow_cli.output import console, errors, print_json, print_rows, size

JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


def up(
    port_offset: Annotated[
        int | None,
        typer.Option(envvar="CLOUDFLOW_PORT_OFFSET", help="Add this to every port; remembered.", show_default=False),
    ] = None,
    json_output: JsonOutput = False,
) -> None:
    """
    Start every server CloudFlow needs, on this machine, and wait until all of them answer.

    The first start builds the servers' programs and takes minutes; later ones take seconds. What runs
    already is left alone. Data, logs and settings lie in `.cloudflow`, or where CLOUDFLOW_HOME says.
    CLOUDFLOW_PORT_AIRFLOW and the like choose single ports.
    """
    from cloudflow_cli.stack.launcher import start
    from cloudflow_cli.stack.layout import current_layout
    from cloudflow_cli.stack.leftovers import find_processes
    from cloudflow_cli.stack.places import places

    layout = current_layout()
    began = time.monotonic()
    screen = errors if json_output else console

    with screen.status("starting") as status:

        def report(name: str, word: str) -> None:
            status.update(f"{name}: {word}")
            screen.print(f"[dim]{time.monotonic() - began:6.1f} s[/dim]  {name} [green]{word}[/green]")

        try:
            started = start(layout, report, offset=port_offset)
        except KeyboardInterrupt:
            _say_what_runs(len(find_processes(layout)))
            raise

    where, logins = places(started.ports), started.secrets.airflow_users if started.has_new_secrets else {}
    if json_output:
        files = {"secrets_file": layout.secrets_file, "logs": layout.logs}
        print_json({"started": started.is_new, "addresses": dict(where), "new_logins": dict(logins), **files})
        return
    seconds = time.monotonic() - began
    console.print(f"\nThe stack {'is up' if started.is_new else 'was up already'} ({seconds:.0f} s).\n")
    print_rows("Where", ["server", "address"], where.items())
    if logins:
        print_rows("Logins to Airflow, shown only now", ["user", "password"], logins.items())
    console.print(f"Passwords and keys: {layout.secrets_file}\nLogs: {layout.logs}", soft_wrap=True, highlight=False)


def _say_what_runs(processes: int) -> None:
    """Say what a start that was stopped by Ctrl-C has left, and what can be done about it."""
    left = (
        f"{processes} processes go on starting: `cloudflow status` shows them, `cloudflow down` ends them"
        if processes
        else "nothing runs: `cloudflow up` carries on with what is built already"
    )
    errors.print(f"cloudflow: stopped; {left}", style=None, markup=False, highlight=False, soft_wrap=True)


def down(
    forget: Annotated[bool, typer.Option("--forget", help="Remove all data, logs and secrets as well.")] = False,
    json_output: JsonOutput = False,
) -> None:
    """Stop the servers and leave no process behind; the data stays."""
    from cloudflow_cli.stack.launcher import forget as forget_home
    from cloudflow_cli.stack.launcher import stop
    from cloudflow_cli.stack.layout import current_layout

    layout = current_layout()
    with errors.status("stopping"):
        ended = stop(layout)
        if forget:
            forget_home(layout)
    if json_output:
        print_json({"ended_one_by_one": ended, "forgot": layout.home if forget else None})
        return
    console.print("The stack is down." + (f" {ended} processes had to be ended one by one." if ended else ""))
    if forget:
        console.print(f"{layout.home} is gone.", soft_wrap=True, highlight=False)


def status(json_output: JsonOutput = False) -> None:
    """
    Show each server: its state, its process, its address, the memory it uses.

    Exit code 1 when the stack is not up or one of them is not well.
    """
    from cloudflow_cli.stack.layout import current_layout
    from cloudflow_cli.stack.overview import stack_status

    rows = stack_status(current_layout())
    if json_output:
        print_json({"processes": rows})
    elif not rows:
        console.print("The stack is down: `cloudflow up` starts it.")
    else:
        columns = ["process", "state", "pid>", "memory>", "restarts>", "address"]
        print_rows(
            "Processes",
            columns,
            [(r.name, r.state, r.pid or "", size(r.memory_bytes), r.restarts, r.address) for r in rows],
        )
    if not rows or any(not row.is_well for row in rows):
        raise typer.Exit(1)


def doctor(json_output: JsonOutput = False) -> None:
    """
    Check what this machine has and lacks for the embedded stack, and say how to get it.

    Exit code 1 when something is missing.
    """
    from cloudflow_cli.stack.layout import current_layout
    from cloudflow_cli.stack.overview import checks

    found = checks(current_layout())
    if json_output:
        print_json({"checks": found})
    else:
        rows = [("ok" if c.is_good else "MISSING", c.what, c.found, c.needed_by, c.advice) for c in found]
        print_rows("Checks", ["", "what", "found", "needed by", "what to do"], rows)
    if any(not check.is_good for check in found):
        raise typer.Exit(1)
