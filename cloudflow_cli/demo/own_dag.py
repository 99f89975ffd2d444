"""A DAG of somebody's own that a topic wakes: the example of the documentation, put where people put theirs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from cloudflow_lib.errors import WrongInputError

if TYPE_CHECKING:
    from cloudflow_cli.demo.runs import Airflow
    from cloudflow_cli.stack.layout import Layout

NAME = "on_alerts"


def place_own_dag(layout: Layout) -> None:
    """Put the example into the folder of own DAGs, where it stays; one that somebody changed is left as it is."""
    place = layout.own_dags / f"{NAME}.py"
    if not place.exists():
        shutil.copyfile(layout.root / "docs" / "examples" / place.name, place)


def times_woken(airflow: Airflow) -> int:
    """Return how many runs of it were started by what happened, in this demonstration and earlier ones."""
    with airflow.as_user("admin") as client:
        try:
            return client.count_woken(NAME)
        except WrongInputError:
            return 0  # nobody has read the file yet: its folder is looked into every few minutes
