"""
Anomalies in access: how many are found, how soon, and how often it cries wolf.

    python -m benchmarks.anomalies [--prefixes 60] [--seeds 3] [--json]

A year of prefixes in hours is drawn: the first quarter is clean and teaches what is usual, the others
get one to three anomalies each. Alerts that fit none of them are false.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence

import numpy as np

from benchmarks._anomalies_world import Injected, quiet, troubled
from benchmarks._report import Report
from ml.learning.anomalies import HOURS_A_MONTH, HOURS_A_WEEK, Found, Hourly, Watch

QUARTER = 13 * HOURS_A_WEEK
GRACE_HOURS = 24
"""After its end an anomaly still counts as what an alert is about."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exit code 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--prefixes", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found: list[float] = []
    delays: list[int] = []
    false = months = 0.0
    by_kind: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for seed in range(options.seeds):
        random = np.random.default_rng([seed, 71])
        clean = quiet(options.prefixes, 52, random)
        late = Hourly(counts=clean.counts[:, QUARTER:])
        late, truth = troubled(late, random)
        alerts = Watch(seed=seed).learn(Hourly(counts=clean.counts[:, :QUARTER])).look(late)
        first = matched(alerts, truth)
        for number, one in enumerate(truth):
            by_kind[one.kind] += 1
            found.append(float(number in first))
            if number in first:
                delays.append(first[number] - one.begin)
            else:
                missed[one.kind] += 1
        false += sum(not any(_is_about(alert, one) for one in truth) for alert in alerts)
        months += late.prefixes * late.hours / HOURS_A_MONTH
    report = Report("Anomalies in access")
    report.require("recall", ">=", 0.9, float(np.mean(found)))
    report.require("false_alerts_per_prefix_month", "<=", 1.0, false / months)
    report.require("median_delay_hours", "<=", 2.0, float(np.median(delays)) if delays else float("inf"))
    report.note("anomalies", float(len(found)))
    for kind, count in sorted(by_kind.items()):
        report.note(f"recall_{kind}", 1 - missed[kind] / count)
    return report.finish(as_json=options.json)


def matched(alerts: Sequence[Found], truth: Sequence[Injected]) -> dict[int, int]:
    """Return anomaly -> the hour of its first alert."""
    first: dict[int, int] = {}
    for alert in alerts:
        for number, one in enumerate(truth):
            if _is_about(alert, one):
                first[number] = min(alert.hour, first.get(number, alert.hour))
    return first


def _is_about(alert: Found, one: Injected) -> bool:
    return alert.prefix == one.prefix and one.begin <= alert.hour < one.end + GRACE_HOURS


if __name__ == "__main__":
    raise SystemExit(main())
