"""Doing what is recommended: runs of `migrate_files`, named after the request that asked for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudflow_lib.ports.runs import StartRun
from cloudflow_lib.settings import Settings
from cloudflow_lib.workflows.apply_recommendations import ApplyLimits, apply_recommendations
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.start_moves import BatchKind, Started, StartedBatch
from cloudflow_plugin.api.moves import DAG, Starting, starting_out

GIB = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Applying:
    """Who applies, with what, and the name of the request: asked twice with the same one, each run starts once."""

    user: str
    services: Services
    limits: ApplyLimits
    start_run: StartRun
    named: str

    def apply(self, recommendation_ids: Sequence[str], quarantine_days: float) -> Starting:
        """Start the runs that move what these speak of."""
        urls: dict[str, str] = {}

        def start(conf: Mapping[str, object]) -> str:
            run = self.start_run(DAG, conf, user=self.user, run_id=f"advice__{self.named}_{len(urls)}")
            urls[run.run_id] = run.url
            # The run's first task would open it, too. But so people see their files wait at once.
            open_migrations(run.run_id, self.user, conf, self.services)
            return run.run_id

        runs = apply_recommendations(
            recommendation_ids, self.user, self.services, start, limits=self.limits, quarantine_days=quarantine_days
        )
        batches = [
            StartedBatch(
                batch_id=run.batch_id,
                kind=BatchKind.FILES,
                run_url=urls[run.batch_id],
                files=len(run.recommendations),
                size_bytes=sum(one.size_bytes for one in run.recommendations),
            )
            for run in runs
        ]
        return starting_out(Started(batches=batches))


def limits_of(settings: Settings) -> ApplyLimits:
    """Return how much one request may apply."""
    return ApplyLimits(most_files=settings.advice.most_files, most_bytes=settings.advice.most_gib << GIB)
