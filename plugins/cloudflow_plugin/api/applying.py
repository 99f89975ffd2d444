"""Doing what is recommended: runs of `migrate_files`, named after the request that asked for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from pydantic import Field

from cloudflow_lib.ports.runs import StartRun
from cloudflow_lib.settings import Settings
from cloudflow_lib.workflows.apply_recommendations import ApplyLimits, apply_recommendations
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.start_moves import BatchKind, Started, StartedBatch, request_key
from cloudflow_plugin.api.callers import WriterDep
from cloudflow_plugin.api.context import SettingsDep, StartRunDep
from cloudflow_plugin.api.fields import Request
from cloudflow_plugin.api.moves import DAG, Starting, starting_out
from cloudflow_plugin.api.replays import SentKey
from cloudflow_plugin.api.rights import ActingServicesDep

GIB = 30


class WithQuarantine(Request):
    """What is to be done, and how it can be taken back."""

    quarantine_days: float = Field(
        7.0, ge=0, le=365, description="How long a source at another location stays to roll back to."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Applying:
    """Who applies, with what, and the key of the request, if it has one."""

    user: str
    services: Services
    limits: ApplyLimits
    start_run: StartRun
    key: str | None

    def apply(self, recommendation_ids: Sequence[str], quarantine_days: float, *, about: str) -> Starting:
        """Start the runs that move what these speak of; asked twice with one key *about* the same, each starts once."""
        urls: dict[str, str] = {}

        def start(conf: Mapping[str, object], run_id: str | None) -> str:
            run = self.start_run(DAG, conf, user=self.user, run_id=run_id)
            urls[run.run_id] = run.url
            # The run's first task would open it, too. But so people see their files wait at once.
            open_migrations(run.run_id, self.user, conf, self.services)
            return run.run_id

        applied = apply_recommendations(
            recommendation_ids,
            self.user,
            self.services,
            start,
            limits=self.limits,
            quarantine_days=quarantine_days,
            name=f"advice__{request_key(self.user, self.key, about)}",
        )
        batches = [
            StartedBatch(
                batch_id=run.batch_id,
                kind=BatchKind.FILES,
                run_url=urls[run.batch_id],
                files=len(run.recommendations),
                size_bytes=sum(one.size_bytes for one in run.recommendations),
            )
            for run in applied.runs
        ]
        return starting_out(Started(batches=batches, skipped=applied.skipped))


def _limits_of(settings: Settings) -> ApplyLimits:
    return ApplyLimits(most_files=settings.advice.most_files, most_bytes=settings.advice.most_gib << GIB)


async def _applying(
    caller: WriterDep,
    services: ActingServicesDep,
    settings: SettingsDep,
    start_run: StartRunDep,
    key: SentKey = None,
) -> Applying:
    limits = _limits_of(settings)
    return Applying(user=caller.user, services=services, limits=limits, start_run=start_run, key=key)


ApplyingDep = Annotated[Applying, Depends(_applying)]
