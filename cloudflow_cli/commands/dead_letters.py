"""`cloudflow dead-letters`: what handlers could not act on, and handing it over again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cloudflow_cli.commands.consume import HANDLERS
from cloudflow_cli.commands.events import parse_since
from cloudflow_cli.output import console, print_json, say
from cloudflow_lib.errors import CloudFlowError, WrongInputError

if TYPE_CHECKING:
    from cloudflow_lib.ports.consumers import DeadLetter


def dead_letters(
    since: Annotated[str, typer.Option(help="From when on: 15m, 2h, 7d or an ISO time.")] = "7d",
    handler: Annotated[str | None, typer.Option(help="Only what this one could not act on.")] = None,
    replay: Annotated[bool, typer.Option("--replay", help="Hand them over again.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """
    List the events that nobody could act on, and why; with --replay, hand them over again.

    Whoever acted on one meanwhile does nothing twice. Exit code 1 when some still cannot be acted on.
    """
    if handler is not None and handler not in HANDLERS:
        raise WrongInputError(f"nobody here is called {handler!r}: choose from {', '.join(HANDLERS)}")
    letters = _found(since, handler)
    if replay:
        _replay(letters, json_output=json_output)
        return
    if json_output:
        print_json([_told(one) for one in letters])
        return
    for one in letters:
        when, rest = f"{one.at:%Y-%m-%d %H:%M:%S}  ", f"  {one.topic}  {one.key}  {one.reason}"
        say(when, (one.handler, "bold"), rest)
    console.print("no dead letters" if not letters else f"{len(letters):,} dead letters")


def _found(since: str, handler: str | None) -> Sequence[DeadLetter]:
    from cloudflow_lib.bootstrap import build_dead_letters, settings

    start = parse_since(since)
    if start is None:
        raise WrongInputError("--since needs a time")
    found = build_dead_letters(settings()).read(start)
    # A consumer that was killed before it could acknowledge buries the same again.
    last = {(one.handler, one.value): one for one in found if handler in (None, one.handler)}
    return sorted(last.values(), key=lambda one: one.at)


def _replay(letters: Sequence[DeadLetter], *, json_output: bool) -> None:
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.consume_events import redeliver

    done = Counter[str]()
    left: list[DeadLetter] = []
    for one in letters:
        builder = HANDLERS.get(one.handler)
        reason = f"nobody is called {one.handler!r}" if builder is None else redeliver(one, builder(services()))
        if reason is None:
            done[one.handler] += 1
        else:
            left.append(one)
            if not json_output:
                say(f"{one.handler}: {reason}")
    if json_output:
        print_json({"done": dict(done), "left": [_told(one) for one in left]})
    else:
        for name, count in done.items():
            console.print(f"{name}: {count:,} handed over again")
    if left:
        raise CloudFlowError(f"{len(left):,} of {len(letters):,} dead letters still cannot be acted on")


def _told(one: DeadLetter) -> Mapping[str, object]:
    return {
        "handler": one.handler,
        "topic": one.topic,
        "user": one.key,
        "reason": one.reason,
        "at": one.at.isoformat(),
        "value": one.value.decode(errors="replace"),
    }
