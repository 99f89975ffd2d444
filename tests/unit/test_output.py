"""What the command line prints is what was there, whatever it looks like."""

from __future__ import annotations

import pytest
from rich.console import Console
from rich.text import Text

from cloudflow_cli import output

NAME = "s3-main/a[/b] [red]x :smile:.csv"
"""A name that no store refuses; to a library for colours it is a broken tag, a colour and a picture."""


@pytest.fixture
def printed(monkeypatch):
    console = Console(width=200, record=True, force_terminal=True, color_system="standard")
    monkeypatch.setattr(output, "console", console)
    return lambda: console.export_text(clear=False)


def test_a_name_that_looks_like_markup_stands_as_it_is(printed):
    output.print_rows(NAME, ["file", "size>"], [(NAME, 7), (Text("done", "green"), None)])
    output.say(("refused:", "red"), f" {NAME}")

    assert 3 == printed().count(NAME)
    assert "done" in printed()
