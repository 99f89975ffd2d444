"""Bills as providers export them: AWS's CUR 2.0, FOCUS 1.2, Azure's cost details, and Google Cloud's export."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from cloudflow_lib.adapters.bills.meters import aws_meter, azure_meter, gcs_meter
from cloudflow_lib.domain.bills import BillLine, MeterName
from cloudflow_lib.errors import WrongInputError

Fields = Mapping[str, Any]
BOOKS_CURRENCY = "USD"
CURRENCIES = ("line_item_currency_code", "BillingCurrency", "BillingCurrencyCode", "billingCurrency", "currency")
"""The columns in which layouts name the currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a file holds: the storage in it, and the days that it tells of."""

    layout: str
    since: date
    until: date
    """The last day."""
    lines: tuple[BillLine, ...]
    other_usd: Decimal
    """What it has for other services."""


def read_bill(path: Path) -> Bill:
    """Read an export in any layout that is known; WrongInputError names the file and the line it stumbled over."""
    lines, other, days, layout = [], Decimal(0), [], ""
    try:
        for number, row in enumerate(_rows(path), 2):
            layout = layout or _layout(row, path)
            try:
                day, usd, line = READERS[layout](row)
                currency = _currency(row)
            except (KeyError, ValueError, InvalidOperation, TypeError, AttributeError) as error:
                raise WrongInputError(f"{path}: row {number} cannot be read as {layout}: {error!r}") from error
            if currency != BOOKS_CURRENCY:
                raise WrongInputError(f"{path}: row {number} is in {currency}, and price books are in {BOOKS_CURRENCY}")
            days.append(day)
            if line is None:
                other += usd
            else:
                lines.append(line)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, csv.Error) as error:
        raise WrongInputError(f"{path} cannot be read as a bill: {error}") from error
    if not days:
        raise WrongInputError(f"{path} holds no line")
    return Bill(layout=layout, since=min(days), until=max(days), lines=tuple(lines), other_usd=other)


def _rows(path: Path) -> Iterator[Fields]:
    if path.suffix in (".json", ".jsonl", ".ndjson"):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    yield json.loads(line)
    else:
        with path.open(encoding="utf-8-sig", newline="") as text:
            yield from csv.DictReader(text)


def _layout(row: Fields, path: Path) -> str:
    for layout, column in MARKS.items():
        if isinstance(row, Mapping) and column in row:
            return layout
    raise WrongInputError(
        f"{path} is no bill that is known here: CUR 2.0, FOCUS 1.2, Azure cost details or GCP's export"
    )


MARKS = {
    "cur": "line_item_usage_type",
    "focus": "ChargePeriodStart",
    "azure": "MeterName",
    "gcp": "sku",
}
"""Layout -> a column that no other has."""

Read = tuple[date, Decimal, BillLine | None]


def _currency(row: Fields) -> str:
    """Return what a row is billed in: dollars where it does not say."""
    return next((str(row[name]) for name in CURRENCIES if row.get(name)), BOOKS_CURRENCY)


def _cur(row: Fields) -> Read:
    usd, day = Decimal(row["line_item_unblended_cost"]), _day(row["line_item_usage_start_date"])
    if row["line_item_product_code"] != "AmazonS3":
        return day, usd, None
    said = row["line_item_usage_type"]
    is_usage = row["line_item_line_item_type"] == "Usage"
    line = _line("aws", row.get("line_item_resource_id"), said, aws_meter(said) if is_usage else None, usd)
    return day, usd, line(Fraction(row["line_item_usage_amount"] or 0))


FOCUS_SERVICES = {"Amazon Simple Storage Service": "aws", "Storage Accounts": "azure", "Cloud Storage": "gcs"}


def _focus(row: Fields) -> Read:
    usd, day = Decimal(str(row["BilledCost"])), _day(row["ChargePeriodStart"])
    provider = FOCUS_SERVICES.get(row["ServiceName"])
    if provider is None:
        return day, usd, None
    said = row.get("SkuMeter") or row["ChargeDescription"] or row["ChargeCategory"]
    named = METERS[provider](said) if row["ChargeCategory"] == "Usage" else None
    per, _ = _unit(row["PricingUnit"] or "")  # taxes and credits have none
    line = _line(provider, row.get("ResourceId"), said, named, usd)
    return day, usd, line(Fraction(row["PricingQuantity"] or 0) * per)


def _azure(row: Fields) -> Read:
    usd, day = Decimal(row["CostInBillingCurrency"]), _day(row["Date"])
    if row["MeterCategory"] != "Storage":
        return day, usd, None
    per, _ = _unit(row["UnitOfMeasure"])
    said = row["MeterName"] or row["MeterCategory"]  # what is no use of a meter names none
    line = _line("azure", row.get("ResourceId"), said, azure_meter(said), usd)
    return day, usd, line(Fraction(row["Quantity"]) * per)


def _gcp(row: Fields) -> Read:
    credit = sum((Decimal(str(one["amount"])) for one in row.get("credits") or ()), Decimal(0))
    usd, day = Decimal(str(row["cost"])) + credit, _day(row["usage_start_time"])
    if row["service"]["description"] != "Cloud Storage":
        return day, usd, None
    said = row["sku"]["description"] or row["service"]["description"]
    resource = (row.get("resource") or {}).get("name") or (row.get("project") or {}).get("id")
    line = _line("gcs", resource, said, gcs_meter(said), usd)
    return day, usd, line(Fraction(str(row["usage"]["amount_in_pricing_units"])))


READERS: Mapping[str, Callable[[Fields], Read]] = {"cur": _cur, "focus": _focus, "azure": _azure, "gcp": _gcp}
METERS: Mapping[str, Callable[[str], MeterName | None]] = {"aws": aws_meter, "azure": azure_meter, "gcs": gcs_meter}


def _line(
    provider: str, resource: object, said: str, meter: MeterName | None, usd: Decimal
) -> Callable[[Fraction], BillLine]:
    def with_quantity(quantity: Fraction) -> BillLine:
        name = str(resource or "").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
        return BillLine(provider=provider, resource=name, said=said, meter=meter, quantity=quantity, usd=usd)

    return with_quantity


UNIT = re.compile(r"^([\d,]+)?\s*([KM])?\s*(.*)$")
THOUSANDS = {None: 1, "K": 1000, "M": 1_000_000}


def _unit(text: str) -> tuple[int, str]:
    """Return how many units one of *text* is: `10K` is 10,000 of nothing, `1 GB/Month` one GB-month."""
    found = UNIT.match(text)
    if found is None:
        return 1, text
    count, letter, unit = found.groups()
    if letter and unit:  # the first letter of a word
        letter, unit = None, f"{letter}{unit}"
    return int((count or "1").replace(",", "")) * THOUSANDS[letter], unit


def _day(text: str) -> date:
    if re.match(r"^\d{2}/\d{2}/\d{4}", text):
        return datetime.strptime(text[:10], "%m/%d/%Y").replace(tzinfo=UTC).date()
    return date.fromisoformat(text[:10])
