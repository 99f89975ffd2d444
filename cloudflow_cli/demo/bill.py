"""A bill in the layout of FOCUS, as a provider would send it, beside what the biller counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from cloudflow_lib.adapters.bills.files import read_bill
from cloudflow_lib.adapters.bills.meters import aws_meter
from cloudflow_lib.domain.billing import base_units
from cloudflow_lib.domain.bills import MeterName, Row, Verdict, meter_of
from cloudflow_lib.domain.charges import Usage, charge
from cloudflow_lib.domain.prices import Meter
from cloudflow_lib.workflows.reconcile_bill import reconcile_bill
from cloudflow_lib.workflows.services import Services

HEAD = (
    "BilledCost,ChargePeriodStart,ChargeCategory,ChargeDescription,ServiceName,PricingQuantity,PricingUnit,"
    "ResourceId,SkuMeter"
)
UNITS = {"TimedStorage-ByteHrs": "GB-Months", "Requests-Tier1": "Requests", "Requests-Tier2": "Requests"}
"""What Amazon calls the meters of its warmest class, and what it counts them in."""
BACK = timedelta(days=60)
WRONG, TOO_MUCH = Meter.READ, Fraction(11, 10)
"""The bill has a mistake, so that it can be seen how one is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What became of the bill."""

    path: Path
    rows: Sequence[Row]

    @property
    def result(self) -> str:
        """Return in words what matches and what does not."""
        return f"{len(self.rows) - len(self._differing)} of {len(self.rows)} meters match; " + (
            ", ".join(f"{row.said}: {row.verdict.value}" for row in self._differing) or "nothing differs"
        )

    @property
    def problems(self) -> Sequence[str]:
        """Return what should not be so: only the mistake differs, and it is found."""
        wrong = [row.meter for row in self._differing]
        if len(wrong) == 1 and wrong[0] is not None and wrong[0].meter is WRONG and len(self.rows) > 1:
            return ()
        return (f"a bill with too many reads and no other mistake came out as: {self.result}",)

    @property
    def _differing(self) -> Sequence[Row]:
        return [row for row in self.rows if row.verdict is not Verdict.MATCHES]


def reconcile_a_bill(location_id: str, path: Path, services: Services) -> Compared:
    """Write a bucket's bill of the last day with reads as Amazon would, with too many of them; compare it with ours."""
    path.write_text("\n".join([HEAD, *_lines(location_id, services), ""]), encoding="utf-8")
    bill = read_bill(path)
    return Compared(path=path, rows=reconcile_bill(bill.lines, bill.since, bill.until, services))


def _lines(location_id: str, services: Services) -> Iterator[str]:
    """Yield what the biller counted in the words of FOCUS, the mistake, and a line of another service."""
    place = services.catalog.location(location_id)
    book = services.price_book(place)
    day, counted = _counted(location_id, services)
    for sku, unit in UNITS.items():
        name = aws_meter(sku)
        if book is not None and name is not None and counted[name]:
            exact = counted[name] / base_units(book, name.meter) * (TOO_MUCH if name.meter is WRONG else 1)
            quantity = round(Decimal(exact.numerator) / Decimal(exact.denominator), 12)
            usage = Usage(storage_class=name.storage_class, meter=name.meter, quantity=Fraction(quantity))
            usd, service = charge(book, [usage])[0].usd, "Amazon Simple Storage Service"
            yield f"{usd:f},{day}T00:00:00Z,Usage,{sku},{service},{quantity:f},{unit},{place.bucket},{sku}"
    yield f"0.42,{day}T00:00:00Z,Usage,a machine,Amazon Elastic Compute Cloud,1,Hours,i-1,BoxUsage"


def _counted(location_id: str, services: Services) -> tuple[date, Counter[MeterName]]:
    """Return the last day on which the files of a location were read, and what was counted on it."""
    today = services.clock().date()
    counted: dict[date, Counter[MeterName]] = {}
    for known in services.catalog.cost_days(today - BACK, today):
        sums = counted.setdefault(known.day, Counter())
        for line in known.lines:
            if line.location_id == location_id:
                for one in line.charges:
                    sums[meter_of(one)] += one.quantity
    read = [day for day, sums in counted.items() if any(name.meter is WRONG for name in sums)]
    day = max(read, default=today)
    return day, counted.get(day, Counter())
