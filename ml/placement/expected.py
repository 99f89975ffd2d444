"""How often objects will be read over the months ahead, on average: what habits let expect, without any class."""

from __future__ import annotations

import numpy as np

from cloudflow_lib.domain.timelines import Floats
from ml.placement.hazards import Hazards
from ml.placement.states import BUCKETS, KINDS, WIDTH, following

AHEAD_DAYS = 90


def expected_reads(hazards: Hazards) -> Floats:
    """
    Return reads a day, averaged over about `AHEAD_DAYS`: groups x classes x buckets.

    After a use the idle time is 0 again and the class may be another one, so all states follow from those
    at no idle time; these are solved for at once.
    """
    kept = (1 - 1 / AHEAD_DAYS) * (1 - hazards.end)
    own, linked = _by_return(hazards, kept)
    fresh = np.linalg.solve(np.eye(KINDS) - linked[:, :, 0], own[:, :, 0][..., None])
    found: Floats = (own + (linked @ fresh[:, None])[..., 0]) / AHEAD_DAYS
    return found


def _by_return(hazards: Hazards, kept: Floats) -> tuple[Floats, Floats]:
    """Return what each state brings up to its next use, and how much of which state after it."""
    groups = len(hazards.use)
    own, linked = np.zeros((groups, KINDS, BUCKETS)), np.zeros((groups, KINDS, BUCKETS, KINDS))
    follow, kinds = following(), np.arange(KINDS)
    for r in range(BUCKETS - 1, -1, -1):
        use = hazards.use[:, :, r]
        after = np.zeros((KINDS, KINDS))
        after[kinds, follow.first[:, r]] += follow.weight[:, r]
        after[kinds, follow.second[:, r]] += 1 - follow.weight[:, r]
        now = use * hazards.reads[:, :, r]
        then = (use * kept[:, :, r])[..., None] * after
        quiet = (1 - use) * kept[:, :, r]
        leaves = 1 / WIDTH[r] if r + 1 < BUCKETS else 0.0
        if leaves:
            now = now + quiet * leaves * own[:, :, r + 1]
            then = then + (quiet * leaves)[..., None] * linked[:, :, r + 1]
        stays = 1 - quiet * (1 - leaves)
        own[:, :, r], linked[:, :, r] = now / stays, then / stays[..., None]
    return own, linked
