"""Shows each step of the demonstration while it runs, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
)


class Step:
    """One step while it runs: it may say how far it is, and at its end what came of it."""

    def __init__(self, progress: Progress, title: str) -> None:
        self.title = title
        self.result = ""
        self._told = ""
        self._progress = progress
        self._task = progress.add_task(title, total=None)

    def tell(self, what: str) -> None:
        """Show what goes on within the step."""
        self._progress.update(self._task, description=f"{self.title}: {what}")
        if not self._progress.console.is_terminal and what != self._told:
            self._progress.console.print(f"          {self.title}: {what}", soft_wrap=True, highlight=False)
        self._told = what

    def total(self, count: float) -> None:
        """Say how much there is to do."""
        self._progress.update(self._task, total=count)

    def add(self, count: float) -> None:
        """Say that so much more is done."""
        self._progress.advance(self._task, count)

    def reach(self, done: float, of: float) -> None:
        """Say how much is done of how much."""
        self._progress.update(self._task, completed=done, total=of)


class Steps:
    """All steps, and what they took."""

    def __init__(self, console: Console) -> None:
        self.seconds: dict[str, float] = {}
        self._console = console
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the first step could begin."""
        return time.monotonic() - self._began

    @contextmanager
    def step(self, title: str, *, in_bytes: bool = False) -> Iterator[Step]:
        """Run the body as one step; a line with its seconds stays on the screen."""
        counted: ProgressColumn = DownloadColumn() if in_bytes else MofNCompleteColumn()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), counted)
        began = time.monotonic()
        with Progress(
            *columns, console=self._console, transient=True, disable=not self._console.is_terminal
        ) as progress:
            step = Step(progress, title)
            yield step
        self.seconds[title] = round(time.monotonic() - began, 2)
        self._console.print(
            f"[dim]{self.elapsed:6.1f} s[/dim]  {title} [dim]({self.seconds[title]:.1f} s)[/dim]  {step.result}",
            soft_wrap=True,
            highlight=False,
        )
