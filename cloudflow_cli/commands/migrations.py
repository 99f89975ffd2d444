"""`cloudflow migrations`: see how moves went, and take them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from cloudflow_cli.output import console, print_json, print_rows, say, size
from cloudflow_lib.domain.migrations import Migration, MigrationState

if TYPE_CHECKING:
    from cloudflow_lib.workflows.services import Services

migrations = typer.Typer(help="Show the most recent migrations, or take one back.")

MigrationId = Annotated[str, typer.Argument(help="Its id, as `cloudflow migrations --json` shows it.")]
JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


@migrations.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
    owner: Annotated[str | None, typer.Option(help="Only files of this user.")] = None,
    json_output: JsonOutput = False,
) -> None:
    """Show the most recent migrations and how they went, or take one back."""
    from cloudflow_lib.bootstrap import services

    if context.invoked_subcommand is not None:
        return
    moves = services().catalog.recent_migrations(owner=owner, limit=limit)
    if json_output:
        print_json(list(moves))
    elif moves:
        print_moves("Migrations", moves)
    else:
        console.print("No migrations yet. Start one with `cloudflow migrate SOURCE DESTINATION`.")


@migrations.command()
def cancel(migration_id: MigrationId, json_output: JsonOutput = False) -> None:
    """
    End a migration before its switch; nothing of it stays behind.

    Example: cloudflow migrations cancel 2184cabccdfecc70cd687e3264e5c72d
    """
    from cloudflow_lib.workflows.undo_migration import cancel

    _take_back(cancel, migration_id, json_output=json_output)


@migrations.command()
def rollback(migration_id: MigrationId, json_output: JsonOutput = False) -> None:
    """
    Make the quarantined source the file again and remove the copy.

    Example: cloudflow migrations rollback 2184cabccdfecc70cd687e3264e5c72d
    """
    from cloudflow_lib.workflows.undo_migration import roll_back

    _take_back(roll_back, migration_id, json_output=json_output)


def _take_back(undo: Callable[[str, str, Services], Migration], migration_id: str, *, json_output: bool) -> None:
    from cloudflow_lib.bootstrap import services, settings

    migration = undo(migration_id, settings().airflow.user, services())
    if json_output:
        print_json(migration)
    else:
        source = migration.source
        say(f"{source.location_id}/{source.key}: {migration.state.replace('_', ' ')}")


def print_moves(title: str, moves: Sequence[Migration]) -> None:
    """Print one row for each migration."""
    print_rows(title, ["file", "to", "size>", "state", "proof or problem"], [_row(move) for move in moves])


def _row(move: Migration) -> tuple[str | Text, ...]:
    colour = (
        "green" if move.state is MigrationState.DONE else "red" if move.state is MigrationState.FAILED else "yellow"
    )
    return (
        f"{move.source.location_id}/{move.source.key}",
        f"{move.destination.location_id} {move.destination.storage_class}",
        size(move.size_bytes),
        Text(move.state, colour),
        move.error or move.proof or "",
    )
