"""Policies: what people let the platform move by itself, tried first, and explained file by file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query

from cloudflow_lib.bootstrap import price_moves
from cloudflow_lib.domain import policies as known
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.workflows.apply_policy import require_places, try_policy
from cloudflow_lib.workflows.services import Services
from cloudflow_plugin.api.callers import Caller, CallerDep, WriterDep
from cloudflow_plugin.api.context import ServicesDep, StartRunDep
from cloudflow_plugin.api.etags import IfMatch, require_match
from cloudflow_plugin.api.fields import Handle, Limit
from cloudflow_plugin.api.routes.policy_forms import (
    FileDecision,
    LimitsBody,
    Policies,
    Policy,
    PolicyBody,
    PolicyPreview,
    PolicyRun,
    PolicyRuns,
    Started,
)

router = APIRouter(prefix="/policies", tags=["policies"])


@router.get("")
def list_policies(caller: CallerDep, services: ServicesDep) -> Policies:
    """See the policies."""
    return Policies(policies=[_told(one) for one in services.catalog.policies(caller.sees_owner)])


@router.post("", status_code=201)
def add_policy(body: PolicyBody, caller: WriterDep, services: ServicesDep) -> Policy:
    """Make a policy; it runs every night while it is switched on."""
    return _kept(known.Policy(policy_id=uuid4().hex, owner=caller.user, **body.fields()), services)


@router.post("/preview")
def preview_policy(
    body: PolicyBody, caller: CallerDep, services: ServicesDep, limit: Annotated[Limit, Query()] = 200
) -> PolicyPreview:
    """See what a policy would do now, before it is kept."""
    wanted = known.Policy(policy_id="preview", owner=caller.user, **body.fields())
    return _previewed(wanted, services, limit)


@router.get("/{policy_id}")
def one_policy(policy_id: Handle, caller: CallerDep, services: ServicesDep) -> Policy:
    """Look at one policy."""
    return _told(_visible(policy_id, caller, services))


@router.put("/{policy_id}")
def put_policy(
    policy_id: Handle, body: PolicyBody, caller: WriterDep, services: ServicesDep, if_match: IfMatch = None
) -> Policy:
    """Change a policy."""
    before = _visible(policy_id, caller, services)
    require_match(if_match, _told(before))
    return _kept(replace(before, **body.fields()), services)


@router.delete("/{policy_id}", status_code=204)
def remove_policy(policy_id: Handle, caller: WriterDep, services: ServicesDep) -> None:
    """Forget a policy; what it started goes on."""
    _visible(policy_id, caller, services)
    services.catalog.delete_policy(policy_id)


@router.post("/{policy_id}/preview")
def preview_kept(
    policy_id: Handle, caller: CallerDep, services: ServicesDep, limit: Annotated[Limit, Query()] = 200
) -> PolicyPreview:
    """See what a run would do now: exactly that is what a run started now does."""
    return _previewed(_visible(policy_id, caller, services), services, limit)


@router.post("/{policy_id}/run", status_code=202)
def run_policy(policy_id: Handle, caller: WriterDep, services: ServicesDep, start: StartRunDep) -> Started:
    """Let the policy run now; beyond its limits a person is asked first."""
    policy = _visible(policy_id, caller, services)
    run = start("apply_policy", {"policy_id": policy.policy_id}, user=caller.user)
    return Started(run_id=run.run_id, run_url=run.url)


@router.get("/{policy_id}/runs")
def runs_of_policy(policy_id: Handle, caller: CallerDep, services: ServicesDep) -> PolicyRuns:
    """See what the policy did lately."""
    _visible(policy_id, caller, services)
    names = PolicyRun.model_fields
    found = services.catalog.policy_runs(policy_id)
    return PolicyRuns(
        runs=[PolicyRun(**{name: getattr(run, name) for name in names}) for run in found]  # the same names throughout
    )


def _visible(policy_id: str, caller: Caller, services: Services) -> known.Policy:
    policy = services.catalog.policy(policy_id)
    if not caller.may_see(policy.owner):
        raise NotFoundError(f"there is no policy {policy_id!r}")
    return policy


def _kept(policy: known.Policy, services: Services) -> Policy:
    require_places(policy, services)
    services.catalog.save_policy(policy)
    return _told(services.catalog.policy(policy.policy_id))


def _told(policy: known.Policy) -> Policy:
    same = ("policy_id", "owner", "name", "kind", "location_id", "prefix", "most_reads")
    limits = policy.limits
    return Policy(
        **{name: getattr(policy, name) for name in same},
        destination_location=policy.destination_location,
        destination_tier=policy.destination_tier,
        idle_days=policy.idle / timedelta(days=1),
        pays_back_days=policy.pays_back_within / timedelta(days=1),
        limits=LimitsBody(files=limits.files, size_bytes=limits.size_bytes, usd=limits.usd),
        enabled=policy.is_enabled,
    )


def _previewed(policy: known.Policy, services: Services, limit: int) -> PolicyPreview:
    require_places(policy, services)
    plan = try_policy(policy, services, price_moves(services))
    return PolicyPreview(
        files=len(plan.moving),
        size_bytes=plan.size_bytes,
        once_usd=plan.once_usd,
        saves_per_month=plan.saves_per_month,
        asks=list(plan.beyond),
        counts=dict(plan.counts),
        decisions=[
            FileDecision(
                file_id=one.case.file_id,
                location_id=one.case.location_id,
                name=one.case.key,
                size_bytes=one.case.size_bytes,
                moves=one.moves,
                reason=one.reason,
                why=one.text,
                destination_location=one.case.destination_location,
                destination_class=one.case.destination_class,
                once_usd=one.case.once_usd,
                saves_per_month=one.case.saves_per_month,
            )
            for one in plan.decisions[:limit]
        ],
    )
