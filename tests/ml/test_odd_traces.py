"""Every policy replays every trace: short, silent, without history, with the largest and the emptiest objects."""

import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from ml.backtest.evaluate import Arena
from ml.backtest.policies.registry import POLICIES
from ml.backtest.traces import NEVER, Labels, Log, ObjectTable, assembled

TIB = 2**40
NAMES = ["", "null", "None", "nan", "a/b/", "ü"]


def trace_of(*, days, history, objects=40, reads=True):
    random = np.random.default_rng(5)
    codes = random.integers(0, len(NAMES), objects).astype(np.int32)
    size = random.integers(0, 10**9, objects)
    size[:3] = 0, 5 * TIB, 128 * 1024
    same = Labels(codes=np.zeros(objects, np.int32), names=[""])
    table = ObjectTable(
        ids=[str(i) for i in range(objects)],
        size_bytes=size,
        created=random.integers(-50, days, objects).astype(np.int32),
        deleted=np.full(objects, NEVER, np.int32),
        expires=np.where(random.random(objects) < 0.2, days + 5, NEVER).astype(np.int32),
        prefix=Labels(codes=codes, names=NAMES),
        extension=same,
        owner=same,
    )
    count = 200 if reads else 0
    who = random.integers(0, objects, count).astype(np.int32)
    log = Log(
        object=who,
        day=random.integers(0, days, count).astype(np.int32),
        reads=random.integers(0, 3, count),
        bytes_read=size[who] // 2,
        writes=random.integers(0, 2, count),
    )
    return assembled(table, log, name="odd", days=days, history_days=history)


TRACES = {
    "no history": {"days": 90, "history": 0},
    "sixty days": {"days": 60, "history": 30},
    "one day": {"days": 1, "history": 0},
    "no reads": {"days": 120, "history": 60, "reads": False},
    "one object": {"days": 120, "history": 60, "objects": 3},
}


@pytest.mark.parametrize("book", ["aws", "gcs"])
@pytest.mark.parametrize("kind", TRACES)
@pytest.mark.parametrize("name", ["selector", "cloudflow"])
def test_odd_traces_have_a_bill(name, kind, book):
    field = Arena(trace_of(**TRACES[kind]), shipped_book(book))
    told = field.policy(POLICIES[name])

    assert np.isfinite(told.cost_usd)
    assert told.cost_usd >= 0.9 * field.optimum(managed=True).cost_usd
    assert told.cost_usd <= 1.5 * field.policy(POLICIES["all_hot"]).cost_usd
