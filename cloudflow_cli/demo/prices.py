"""
The prices of the demonstration: each byte stands for a thousand, so that its bills can be read.

What one machine has to show is a third of a gigabyte, and would cost less than a cent a month. Prices per byte are
a thousandfold here, so that the files stand for a third of a terabyte; requests, fees and the rules of the classes
are as in the price lists. The books are files of their own, and only the places of the demonstration have them.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal

from cloudflow_cli.demo.placing import ARCHIVE, AZURE, GCS, S3
from cloudflow_cli.stack.layout import Layout, write_private
from cloudflow_lib.adapters.prices.files import SHIPPED, read_book
from cloudflow_lib.domain.prices import Meter
from cloudflow_lib.settings.advising import PROVIDER_BOOKS

FACTOR = 1000
PER_BYTE = (Meter.STORAGE, Meter.RETRIEVAL, Meter.EGRESS, Meter.INTER_REGION)
BOOK_OF = {S3: "aws", ARCHIVE: "aws", AZURE: "azure", GCS: "gcs"}
ENDING = f"-times-{FACTOR}"
SOURCE = "demo"
SAID = f"the list price of September 2026, {FACTOR:,} times: in a demonstration each byte stands for so many"
LINE = re.compile(
    rf'(meter = "(?:{"|".join(PER_BYTE)})".*?usd = ")(?P<usd>[0-9.]+)(".*?source = ")\w+(")',
)


def enlarged(text: str, name: str) -> str:
    """Return the shipped book called *name*, with prices per byte a thousandfold and told as such."""
    text = LINE.sub(lambda line: f"{line[1]}{Decimal(line['usd']) * FACTOR}{line[3]}{SOURCE}{line[4]}", text)
    text = text.replace(f'\nname = "{name}"\n', f'\nname = "{name}{ENDING}"\n', 1)
    return text.replace("[sources]\n", f'[sources]\n{SOURCE} = "{SAID}"\n', 1)


def write_prices(layout: Layout) -> None:
    """Write the books, and the settings that name them; the stack reads both when it starts."""
    folder = layout.additions_file.parent
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name in PROVIDER_BOOKS.values():
        path = folder / f"{name}{ENDING}.toml"
        write_private(path, enlarged((SHIPPED / f"{name}.toml").read_text(encoding="utf-8"), name))
        read_book(path)
        paths[name] = str(path)
    settings = {
        "prices.locations": {place: paths[name] for place, name in BOOK_OF.items()},
        "learning": {"price_book": paths["aws"]},
    }
    write_private(layout.additions_file, json.dumps(settings, indent=1) + "\n")
