"""The optimum is the cheapest of all paths, by the biller's own count."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.billing import Biller
from cloudflow_lib.domain.timelines import Accesses, Moves, Objects
from ml.backtest.optimum import optimum

CASES_PER_BOOK = 50
GIB = 2**30


def hurried(book):
    """The same book with minimum days and steps so short that a week of days meets them all."""
    days = {30: 2, 90: 3, 180: 4, 365: 4}
    classes = [
        replace(
            c,
            minimum_days=days.get(c.minimum_days, 0),
            steps=tuple(replace(step, idle_days=days.get(step.idle_days, 0)) for step in c.steps),
        )
        for c in book.classes
    ]
    # A day's storage of a month's price: else no move would ever pay back within the case.
    lines = [replace(line, usd=line.usd * 12) if line.meter == "storage" else line for line in book.lines]
    return replace(book, classes=tuple(classes), lines=tuple(lines))


def random_case(random, days):
    created = int(random.choice([-4, 0, 1]))
    start = max(created, 0)
    end = int(random.integers(start + 1, days + 1))
    used = [d for d in range(start, end) if random.random() < 0.4]
    size = int(random.choice([1000, 200_000, GIB // 4, 2 * GIB]))
    rows = [
        (d, int(random.integers(0, 4)), int(random.integers(0, 2 * size)), int(random.random() < 0.3)) for d in used
    ]
    return size, created, start, end, rows


def repeated(case, count):
    """The case as *count* objects: one for each path."""
    size, created, start, end, rows = case
    what = Objects(
        size_bytes=np.full(count, size, np.int64),
        created=np.full(count, created, np.int32),
        start=np.full(count, start, np.int32),
        end=np.full(count, end, np.int32),
    )
    columns = list(zip(*rows, strict=True)) if rows else [[]] * 4
    used = Accesses(
        object=np.repeat(np.arange(count, dtype=np.int32), len(rows)),
        day=np.tile(np.array(columns[0], np.int32), count),
        reads=np.tile(np.array(columns[1], np.int64), count),
        bytes_read=np.tile(np.array(columns[2], np.int64), count),
        writes=np.tile(np.array(columns[3], np.int64), count),
    )
    return what, used


def cheapest_path(book, classes, case):
    _, created, start, end, _ = case
    born = created == start
    days = range(start + 1, end) if born else range(start, end)
    firsts = range(len(classes)) if born else [0]
    paths = list(product(firsts, *[range(len(classes))] * len(days)))
    what, used = repeated(case, len(paths))
    taken = np.array(paths, np.int8)
    moves = Moves(
        object=np.repeat(np.arange(len(paths), dtype=np.int32), len(days)),
        day=np.tile(np.array(list(days), np.int32), len(paths)),
        to=taken[:, 1:].ravel(),
    )
    return Biller(book, classes).bill(what, used, taken[:, 0], moves).by_object.min()


BOOKS = {
    "aws": ("STANDARD", "STANDARD_IA", "GLACIER_IR"),
    "aws with intelligent tiering": ("STANDARD", "INTELLIGENT_TIERING", "GLACIER_IR"),
    "azure": ("Hot", "Cool", "Cold"),
    "gcs": ("STANDARD", "NEARLINE", "COLDLINE"),
}


@pytest.mark.parametrize("name", BOOKS)
def test_no_path_is_cheaper_on_random_small_cases(name):
    """Fifty cases a book, two hundred together: all paths of up to six days, each billed."""
    book, classes = hurried(shipped_book(name.split()[0])), BOOKS[name]
    random = np.random.default_rng(17)
    for _ in range(CASES_PER_BOOK):
        case = random_case(random, days=6)
        what, used = repeated(case, 1)
        plan = optimum(book, classes, what, used)
        billed = Biller(book, classes).bill(what, used, plan.first, plan.moves).by_object[0]

        assert cheapest_path(book, classes, case) == pytest.approx(plan.cost[0], rel=1e-9, abs=1e-15)
        assert billed == pytest.approx(plan.cost[0], rel=1e-9, abs=1e-15)
