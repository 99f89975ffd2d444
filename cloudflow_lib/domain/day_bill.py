"""
One day of files as the biller sees it: what lies there, and what was read and written that day.

Early deletion is left out: it is paid once, when a file leaves, and told with the move. A class that
moves objects by itself charges the step that the days since the last read, write or move lead to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

import numpy as np

from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.billing import base_units
from cloudflow_lib.domain.charges import Usage, linear_charge
from cloudflow_lib.domain.cost_days import CostDay, CostLine, MeterCharge, fewest, prefix_of
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.metering import Column, metered
from cloudflow_lib.domain.prices import Meter, Part, PriceBook, StorageClass
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.domain.timelines import Accesses, Objects, no_moves, stays_of

Group = tuple[str, str, Tier, str, str]
"""Owner, location, tier, storage class, prefix."""
MeterName = tuple[Part, str, Meter, str]


@dataclass(slots=True)
class _Sum:
    book: PriceBook
    files: int
    size_bytes: int
    quantities: dict[MeterName, int]


class DayBill:
    """Adds up pages of files; quantities are whole numbers, so that no sum depends on its order."""

    def __init__(self, day: date) -> None:
        self._day = day
        self._sums: dict[Group, _Sum] = {}
        self.unpriced = 0
        """Files that lie in a class without a price."""

    def add(self, files: Sequence[CatalogFile], reads: Mapping[str, Sequence[DayRollup]], book: PriceBook) -> None:
        """Add files of one location."""
        known = {one.name for one in book.classes}
        priced = [file for file in files if file.storage_class in known and file.first_seen_at.date() <= self._day]
        self.unpriced += sum(file.storage_class not in known for file in files)
        if not priced:
            return
        sums = [self._sum_of(file, book) for file in priced]
        for column in self._columns(priced, reads, book):
            meter = (column.part, column.storage_class, column.meter, column.option)
            for owner, quantity in zip(column.objects.tolist(), column.quantities.tolist(), strict=True):
                if quantity:
                    quantities = sums[owner].quantities
                    quantities[meter] = quantities.get(meter, 0) + quantity

    def days(self, at: datetime) -> list[CostDay]:
        """Return what each owner's files cost."""
        owners: dict[str, list[CostLine]] = {}
        for (owner, location_id, tier, storage_class, prefix), one in sorted(self._sums.items()):
            line = CostLine(
                location_id=location_id,
                tier=tier,
                storage_class=storage_class,
                prefix=prefix,
                files=one.files,
                size_bytes=one.size_bytes,
                charges=tuple(_charge(one.book, meter, one.quantities[meter]) for meter in sorted(one.quantities)),
            )
            owners.setdefault(owner, []).append(line)
        return [
            CostDay(owner=owner, day=self._day, worked_out_at=at, lines=fewest(lines))
            for owner, lines in owners.items()
        ]

    def _sum_of(self, file: CatalogFile, book: PriceBook) -> _Sum:
        group = (file.owner, file.location_id, file.tier, file.storage_class, prefix_of(file.key))
        found = self._sums.setdefault(group, _Sum(book, 0, 0, {}))
        found.files += 1
        found.size_bytes += file.size_bytes
        return found

    def _columns(
        self, files: Sequence[CatalogFile], reads: Mapping[str, Sequence[DayRollup]], book: PriceBook
    ) -> Iterator[Column]:
        names = [one.name for one in book.classes]
        born = np.array([self._is_written(file) for file in files])
        start = np.zeros(len(files), np.int32)
        objects = Objects(
            size_bytes=np.array([file.size_bytes for file in files], np.int64),
            created=np.where(born, 0, -1).astype(np.int32),
            start=start,
            end=start + 1,
        )
        first = np.array([names.index(file.storage_class) for file in files], np.int8)
        stays = stays_of(objects, first, no_moves())
        managed = {one.name for one in book.classes if one.managed}
        for column in metered(book, names, objects, self._accesses(files, reads), stays):
            is_managed = column.storage_class in managed and column.part in (Part.STORAGE, Part.MONITORING)
            if column.part is not Part.EARLY_DELETE and not is_managed:
                yield column
        for name in managed:
            mine = [number for number, file in enumerate(files) if file.storage_class == name]
            if mine:
                yield from self._managed(book.storage_class(name), files, mine)

    def _is_written(self, file: CatalogFile) -> bool:
        """Return whether this day pays for writing: its own, or the evening before whose files no scan had seen yet."""
        age = (self._day - file.modified_at.date()).days
        return age == 0 or (age == 1 and file.first_seen_at.date() == self._day)

    def _accesses(self, files: Sequence[CatalogFile], reads: Mapping[str, Sequence[DayRollup]]) -> Accesses:
        rows = [
            (number, rollup.reads, rollup.read_bytes)
            for number, file in enumerate(files)
            for rollup in reads.get(file.file_id, ())
            if rollup.day == self._day
        ]
        number, count, size = (np.array(values, np.int64) for values in (zip(*rows, strict=True) if rows else [[]] * 3))
        nothing = np.zeros(len(rows), np.int64)
        return Accesses(
            object=number.astype(np.int32),
            day=nothing.astype(np.int32),
            reads=count,
            bytes_read=size,
            writes=nothing,
        )

    def _managed(self, rule: StorageClass, files: Sequence[CatalogFile], mine: Sequence[int]) -> Iterator[Column]:
        for number in mine:
            file = files[number]
            small = file.size_bytes < rule.managed_from_bytes
            touched = max(at for at in (file.last_read_at, file.modified_at, file.placed_at) if at is not None)
            idle = 0 if small else max((self._day - touched.date()).days, 0)
            step = [one for one in rule.steps if one.idle_days <= idle][-1]
            owner = np.array([number], np.int32)
            yield Column(
                part=Part.STORAGE,
                storage_class=rule.name,
                meter=Meter.STORAGE,
                option=step.option,
                objects=owner,
                quantities=np.array([file.size_bytes], np.int64),
            )
            if not small:
                yield Column(
                    part=Part.MONITORING,
                    storage_class=rule.name,
                    meter=Meter.MONITORING,
                    objects=owner,
                    quantities=np.ones(1, np.int64),
                )


def _charge(book: PriceBook, name: MeterName, quantity: int) -> MeterCharge:
    part, storage_class, meter, option = name
    amount = Fraction(quantity) / base_units(book, meter)
    usage = Usage(storage_class=storage_class, meter=meter, option=option, quantity=amount)
    return MeterCharge(part, storage_class, meter, option, quantity, linear_charge(book, usage).nanodollars)
