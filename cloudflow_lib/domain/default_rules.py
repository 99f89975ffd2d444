"""The rules that an administrator begins with; each may be changed, switched off or deleted."""

from __future__ import annotations

from datetime import timedelta

from cloudflow_lib.domain.alert_rules import Comparison, Rule, Signal
from cloudflow_lib.domain.notifications import Level

SHORT = timedelta(minutes=5)


def default_rules(owner: str) -> list[Rule]:
    """Return the rules; their ids follow from *owner*."""
    above = [
        ("failed", "Moves failed", Signal.MIGRATIONS_FAILED, 0.0, timedelta(0), Level.ERROR),
        ("error-rate", "More than 5 % of moves fail", Signal.ERROR_RATE, 5.0, timedelta(0), Level.ERROR),
        ("requests", "The API takes more than 5 s", Signal.REQUEST_SECONDS, 5.0, SHORT, Level.WARNING),
        ("lag", "More than 1,000 events wait", Signal.KAFKA_LAG, 1000.0, SHORT, Level.WARNING),
        ("forecast", "Costs are 20 % over the forecast", Signal.COST_OVER_FORECAST, 20.0, timedelta(0), Level.WARNING),
        ("unusual", "Files are used as never before", Signal.ACCESS_ANOMALY, 0.0, timedelta(0), Level.WARNING),
        ("disk", "A disk is more than 80 % full", Signal.DISK_PERCENT, 80.0, SHORT, Level.ERROR),
    ]
    spikes = [
        ("slow", "Moves take three times as long as usual", Signal.MOVE_SECONDS, 3.0),
        ("reads", "Five times as many reads as usual", Signal.READS_PER_DAY, 5.0),
    ]
    return [
        *(
            Rule(
                rule_id=f"default-{name}-{owner}",
                owner=owner,
                name=title,
                signal=signal,
                threshold=threshold,
                lasts=lasts,
                level=level,
            )
            for name, title, signal, threshold, lasts, level in above
        ),
        *(
            Rule(
                rule_id=f"default-{name}-{owner}",
                owner=owner,
                name=title,
                signal=signal,
                comparison=Comparison.SPIKE,
                threshold=factor,
                lasts=SHORT,
            )
            for name, title, signal, factor in spikes
        ),
    ]
