"""What is known to leave the bill: what policies moved since the last day that was worked out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from cloudflow_lib.domain.charges import DAYS_PER_MONTH
from cloudflow_lib.domain.timelines import Floats
from cloudflow_lib.ports.policy_book import PolicyRunState
from cloudflow_lib.workflows.services import Services

RUNS = 60
"""Of each policy: one a night."""


def known_transitions(owner: str | None, first: date, services: Services) -> Callable[[int], Floats]:
    """
    Return what tells, of any number of known days from *first* on, what was known then to leave on the next day.

    Policies run at night, once the day before was worked out: what they move on a day is in no bill before it.
    """
    daily: defaultdict[date, float] = defaultdict(float)
    for policy in services.catalog.policies(owner):
        for run in services.catalog.policy_runs(policy.policy_id, limit=RUNS):
            if run.state is PolicyRunState.STARTED:
                daily[(run.decided_at or run.made_at).date()] += run.saves_per_month / float(DAYS_PER_MONTH)

    def leaving(known_days: int) -> Floats:
        return np.array([daily.get(first + timedelta(days=known_days), 0.0)])

    return leaving
