"""Price books to bill with."""

from dataclasses import replace
from decimal import Decimal

import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.prices import Meter

SAMPLE_PRICES = {
    ("Hot", Meter.STORAGE): "0.0208",
    ("Hot", Meter.WRITE): "0.055",
    ("Hot", Meter.READ): "0.0044",
    ("Cool", Meter.STORAGE): "0.0115",
    ("Cool", Meter.TRANSITION): "0.1",
    ("Cool", Meter.READ): "0.01",
}


@pytest.fixture
def microsoft_sample():
    """Azure's rules at the prices of Microsoft's own example, which says that they are fictitious."""
    book = shipped_book("azure")
    lines = [
        replace(line, usd=Decimal(SAMPLE_PRICES.get((line.storage_class, line.meter), line.usd))) for line in book.lines
    ]
    return replace(book, lines=tuple(lines))
