"""Fear keeps objects out of classes that charge for reads, and drives none out of them."""

import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.rates import rate_card
from ml.placement.judge import Judge
from ml.placement.learner import Places
from tests.ml.test_placement import FAR, GIB, NAMES, OBJECTS, lived

DAYS = 360
HOT, COLD = 0, NAMES.index("GLACIER_IR")
MOST_DOUBT = 4.0


def read_every(days):
    return lived(shipped_book("aws"), NAMES, DAYS, lambda day: [i for i in range(OBJECTS) if (day + 3 * i) % days == 0])


def state_of(learner, lies):
    places = Places(
        lies=np.full(OBJECTS, lies, np.int8),
        entered=np.zeros(OBJECTS, np.int32),
        touched=np.maximum(learner.usage.since - 1, 0),
        expires=np.full(OBJECTS, FAR, np.int32),
    )
    return learner.state(DAYS, np.arange(OBJECTS), places)


def judging(learner, lies, doubt):
    counts, doubts, _ = learner.knowledge()
    judge = Judge.fitted(counts, learner.book, learner.classes, np.full_like(doubts, doubt))
    card = rate_card(learner.book, learner.classes, np.full(OBJECTS, GIB, np.int64))
    return judge, np.arange(OBJECTS), state_of(learner, lies), card


def judged(learner, lies, doubt):
    judge, rows, state, card = judging(learner, lies, doubt)
    return judge.verdict(state, card, rows), judge.fearful.judge(state, card, rows)


def test_fear_keeps_out_what_would_go_down_without_it():
    learner = read_every(210)
    trusting, _ = judged(learner, HOT, 1.0)
    fearful, _ = judged(learner, HOT, MOST_DOUBT)

    assert {COLD} == set(trusting.wanted.tolist())
    assert COLD not in fearful.wanted


@pytest.mark.parametrize("days", [40, 90, 210])
def test_fear_drives_nobody_out(days):
    learner = read_every(days)
    trusting, _ = judged(learner, COLD, 1.0)
    verdict, fearful = judged(learner, COLD, MOST_DOUBT)

    assert (fearful.wanted == COLD).sum() < (trusting.wanted == COLD).sum()  # by fear alone more of them left
    assert trusting.wanted.tolist() == verdict.wanted.tolist()


def test_who_is_read_day_by_day_leaves_with_fear_or_without():
    verdict, _ = judged(read_every(1), COLD, MOST_DOUBT)

    assert {HOT} == set(verdict.wanted.tolist())


def test_a_verdict_to_stay_promises_no_saving_by_leaving():
    learner = read_every(210)
    verdict, fearful = judged(learner, COLD, MOST_DOUBT)
    warm = [number for number in range(len(NAMES)) if number != COLD]

    assert (fearful.saving[:, warm].max(axis=1) > 0).any()
    assert (verdict.saving[verdict.wanted == COLD][:, HOT] <= 0).all()
    assert (verdict.saving[:, COLD] == 0).all()


def test_caution_for_lack_of_evidence_drives_nobody_out_either():
    learner = read_every(90)
    judge, rows, state, card = judging(learner, COLD, 1.0)

    assert (judge.calm.hazards.use < judge.fearful.hazards.use).any()
    assert judge.calm.judge(state, card, rows).wanted.tolist() == judge.verdict(state, card, rows).wanted.tolist()
