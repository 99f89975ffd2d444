"""How tasks behave unless a DAG says otherwise."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy

from cloudflow_lib.errors import PERMANENT_ERRORS

LONGEST_WAIT_SECONDS = 60.0


class Backoff(RetryPolicy):
    """
    Wait longer after each try, by chance, and give up at once on what no try can mend.

    Airflow's own jitter does not know the map index: files that failed together would come back together.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Any = None,  # noqa: ANN401 - the type of the protocol it implements
    ) -> RetryDecision:
        """Decide about one failure; a killed worker never gets here and is retried by Airflow itself."""
        del max_tries, context
        if isinstance(exception, PERMANENT_ERRORS):
            return RetryDecision.fail(reason=str(exception)[:200])
        most = min(LONGEST_WAIT_SECONDS, 2.0**try_number)
        wait = timedelta(seconds=random.uniform(most / 4, most))  # noqa: S311 - spreading load needs no secrecy
        return RetryDecision.retry(delay=wait, reason=str(exception)[:200])


TASK_DEFAULTS: dict[str, Any] = {
    "owner": "cloudflow",
    "retries": 3,
    "retry_policy": Backoff(),
    "retry_delay": timedelta(seconds=2),  # after a lost worker, which no policy sees
    "weight_rule": "upstream",  # finish what was begun first: by default all files would wait for the slowest one
}
