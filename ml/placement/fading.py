"""How fast uses become rarer as silence grows: as a power of it, learned from the whole account."""

from __future__ import annotations

import numpy as np

from cloudflow_lib.domain.timelines import Floats
from ml.placement.states import MIDDLE

POWERS: Floats = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
"""0: silence says nothing, what is read will be read again as before; 1: twice the silence, half the chance."""
BELIEVED: Floats = np.array([0.125, 0.125, 0.125, 0.125, 0.5])
"""How far each is believed before anything was seen."""
LEAST = 1e-9


def fading(events: Floats, days: Floats, first: Floats, patience: Floats) -> float:
    """
    Return the power that uses fade with, the mean by how likely each one makes what was seen.

    *events* and *days* are of classes x buckets, *first* is the rate of a class before it was seen; its
    *patience* is how many days of silence are nothing to it.
    """
    told = []
    for power in POWERS:
        shape = (patience[:, None] / (MIDDLE[None, :] + patience[:, None])) ** power
        level = (events.sum(axis=1) + 1) / ((days * shape).sum(axis=1) + 1 / first)
        rate = np.maximum(level[:, None] * shape, LEAST)
        told.append(float((events * np.log(rate) - days * rate).sum()))
    likely = BELIEVED * np.exp(np.array(told) - max(told))
    return float((POWERS * likely).sum() / likely.sum())
