"""Habits as a file, and what they let expect."""

from dataclasses import replace

import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from ml.backtest.evaluate import Arena
from ml.backtest.policies.cloudflow import CloudFlow
from ml.learning.habits import HABITS_FILE, Adopted, HabitsError, learn_habits, read_habits, write_habits
from ml.placement.expected import expected_reads
from ml.placement.hazards import hazards
from ml.placement.states import bucket
from tests.ml.conftest import trace_of


@pytest.fixture(scope="module")
def habits():
    return learn_habits(trace_of("tenants"), shipped_book("aws"))


def test_habits_come_back_as_they_were_written(habits, tmp_path):
    digest = write_habits(tmp_path, habits)
    again = read_habits(tmp_path, digest)

    assert habits.prefixes == again.prefixes
    assert np.array_equal(habits.counts.uses, again.counts.uses)
    assert np.array_equal(habits.doubt, again.doubt)


def test_habits_that_were_changed_are_refused(habits, tmp_path):
    digest = write_habits(tmp_path, habits)
    (tmp_path / HABITS_FILE).write_bytes(b"PK")

    with pytest.raises(HabitsError, match="not the file"):
        read_habits(tmp_path, digest)
    with pytest.raises(HabitsError, match="cannot be read"):
        read_habits(tmp_path / "nowhere", digest)


def test_adopted_habits_place_about_as_well_as_those_learned_on_the_way(habits):
    field = Arena(trace_of("tenants"), shipped_book("aws"))

    assert field.policy(lambda: Adopted(habits=habits)).cost_usd < 1.05 * field.policy(CloudFlow).cost_usd


def test_what_is_used_more_is_expected_to_be_read_more(habits):
    reads = expected_reads(hazards(habits.counts, habits.doubt))

    assert (reads >= 0).all()
    assert (reads[-1, 2:, bucket(0)] > reads[-1, 2:, bucket(120)]).all()


def test_a_use_of_two_reads_on_every_tenth_day_is_a_fifth_of_a_read_a_day(habits):
    """Whatever the state, when every state has the same habit."""
    known = hazards(habits.counts, habits.doubt)
    same = replace(
        known,
        use=np.full_like(known.use, 0.1),
        reads=np.full_like(known.reads, 2.0),
        end=np.zeros_like(known.end),
    )

    assert expected_reads(same) == pytest.approx(np.full_like(known.use, 0.2))
