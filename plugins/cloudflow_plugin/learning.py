"""What the tasks of `train_tier_model` do: each calls one step and hands back what came of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from cloudflow_lib.errors import PERMANENT_ERRORS, WrongInputError

if TYPE_CHECKING:
    from ml.learning.jobs import School

TRAINED_FOR = timedelta(days=1)
"""Files are recommended for every hour; what is learnt from are whole days."""


def school() -> School:
    """Return where is learned on this platform, and from what."""
    from cloudflow_lib.adapters.prices.files import price_book
    from cloudflow_lib.bootstrap import services, settings
    from ml.learning.jobs import School

    config = settings()
    learning = config.learning
    quick = learning.quick or bool(get_current_context()["params"].get("quick"))
    return School(
        folder=learning.folder,
        catalog=services().catalog,
        book=price_book(learning.price_book, config.prices.overrides),
        days=learning.days,
        quick=quick,
    )


def check_access_day() -> dict[str, Any]:
    """Check yesterday's access batch; one that does not pass goes into quarantine, and administrators hear of it."""
    from ml.learning.jobs import check_day

    now = datetime.now(UTC)
    day = now.date() - timedelta(days=1)
    checked = check_day(school(), day, now=now)
    if not checked.passed:
        _alarm("access", day.isoformat(), checked.failed, checked.docs)
        raise AirflowFailException(f"the access logs of {day} are not sound: {'; '.join(checked.failed[:5])}")
    return asdict(checked)


def prepare() -> dict[str, Any]:
    """Write the rows to learn from; a platform too young to learn from skips the run."""
    from ml.learning.jobs import prepare_run

    try:
        return prepare_run(school(), _run_id(), now=datetime.now(UTC))
    except WrongInputError as error:
        raise AirflowSkipException(str(error)) from error


def expect() -> dict[str, Any]:
    """Check the rows; a set that does not pass stops the training, and administrators hear of it."""
    from ml.learning.jobs import BadDataError, expect_run

    try:
        return asdict(expect_run(school(), _run_id()))
    except BadDataError as error:
        _alarm("training", _run_id(), [str(error)], str(school().docs / "docs" / "index.html"))
        raise AirflowFailException(str(error)) from error


def candidates() -> list[str]:
    """Return what is tried, side by side."""
    from ml.learning.jobs import candidates as named

    return named(school())


def train(candidate: str) -> dict[str, float]:
    """Fit and score one candidate."""
    from ml.learning.jobs import train_run

    get_current_context()["candidate"] = candidate  # type: ignore[typeddict-unknown-key]  # a name of ours for the map index
    try:
        return train_run(school(), _run_id(), candidate, now=datetime.now(UTC))
    except PERMANENT_ERRORS as error:
        raise AirflowFailException(str(error)) from error


def settle() -> dict[str, Any]:
    """Replay all candidates, let the gate decide by money, and log it all in MLflow."""
    from ml.learning.jobs import settle_run

    return settle_run(school(), _run_id())


def watch_drift() -> dict[str, float]:
    """Wake up the training if files are used differently by now; else skip, so that nothing wakes it."""
    from ml.learning.jobs import drift_of, last_training
    from ml.learning.scores import DRIFTED

    now, before = datetime.now(UTC), last_training(school())
    if before is not None and now - before < TRAINED_FOR:
        raise AirflowSkipException(f"the last training was at {before:%H:%M} UTC: there is no new day to learn from")
    found = drift_of(school(), now=now)
    if found is None:
        raise AirflowSkipException("there is no champion yet")
    drifted = {name: value for name, value in found.items() if value >= DRIFTED}
    if len(drifted) * 4 < len(found):  # single features move with the seasons
        worst = max(found, key=lambda name: found[name])
        raise AirflowSkipException(f"{len(drifted)} of {len(found)} features moved, most of all {worst}")
    return drifted


def _run_id() -> str:
    return str(get_current_context()["dag_run"].run_id)


def _alarm(what: str, key: str, failed: tuple[str, ...] | list[str], docs: str) -> None:
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.raise_alarm import alarm_refused_data

    alarm_refused_data(what, key, failed, docs, services())


def detect() -> list[dict[str, Any]]:
    """Look for unusual use of the last two days, and tell the owners what they have not heard of."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.raise_alarm import alarm_anomaly
    from ml.learning.access_watch import unusual_use

    bench = services()
    found = unusual_use(bench.catalog, bench.clock())
    return [one.data.model_dump(mode="json") for one in found if alarm_anomaly(one.owner, one.data, bench)]
