"""How reads are counted and files judged."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from cloudflow_lib.domain.access import OwnTraffic
from cloudflow_lib.domain.classification import Levels, Thresholds
from cloudflow_lib.settings.sections import Section

Days = Annotated[float, Field(ge=-36_500, le=36_500)]
"""A number that a span of time can hold; whether it makes sense, `Thresholds` says."""


class AccessLogSettings(Section):
    """How the platform's own requests are told from those of people in access logs."""

    own_requesters: tuple[str, ...] = ()
    """Access key ids, user ARNs or principals that nobody but the platform works with."""
    own_user_agents: tuple[str, ...] = ("cloudflow/",)

    def own_traffic(self) -> OwnTraffic:
        """Return both as the domain's value."""
        return OwnTraffic(requesters=frozenset(self.own_requesters), user_agents=self.own_user_agents)


class LevelSettings(Section):
    """From how many reads on a file is hot or warm, per window."""

    hot_1h: int
    hot_1d: int
    hot_7d: int
    hot_30d: int
    warm_90d: int


class ClassificationSettings(Section):
    """What makes a file hot, warm or cold; `cloudflow_lib.domain.classification` says why these are the defaults."""

    small: LevelSettings = LevelSettings(hot_1h=4, hot_1d=4, hot_7d=10, hot_30d=30, warm_90d=4)
    large: LevelSettings = LevelSettings(hot_1h=2, hot_1d=2, hot_7d=2, hot_30d=3, warm_90d=2)
    large_mib: int = 128
    hot_within_days: Days = 14.0
    warm_within_days: Days = 30.0
    new_for_days: Days = 7.0
    """How long a new file is warm without a single read; 0 judges it at once."""
    keep: float = 0.6
    """The part of a level that is enough to stay in a tier."""
    needs_logs: bool = True
    """Whether nothing cools down without access logs that prove the silence."""
    logs_late_days: Days = 3.0

    def thresholds(self) -> Thresholds:
        """Return them as the domain's value, or raise WrongInputError where they contradict each other."""
        return Thresholds(
            small=Levels(**self.small.model_dump()),
            large=Levels(**self.large.model_dump()),
            large_bytes=self.large_mib * 1024 * 1024,
            hot_within=timedelta(days=self.hot_within_days),
            warm_within=timedelta(days=self.warm_within_days),
            new_for=timedelta(days=self.new_for_days),
            keep=self.keep,
            needs_logs=self.needs_logs,
            logs_late=timedelta(days=self.logs_late_days),
        )
