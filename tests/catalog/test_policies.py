"""What the catalogue promises about policies and their runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cloudflow_lib.domain.events import MailRequested, MailWishData
from cloudflow_lib.domain.notifications import Level, NotificationKind
from cloudflow_lib.domain.policies import Limits, Policy, PolicyKind
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import LostRaceError, NotFoundError
from cloudflow_lib.ports.policy_book import PlannedMove, PolicyRun, PolicyRunState
from tests.catalog.examples import drain

NOW = datetime.now(UTC).replace(microsecond=0)


def a_policy(policy_id="p1", **changes) -> Policy:
    policy = Policy(
        policy_id=policy_id,
        owner="team-docs",
        name="old files",
        kind=PolicyKind.IDLE,
        location_id="s3-main",
        prefix="logs/",
        idle=timedelta(days=60),
        most_reads=3,
        destination_location="azure-main",
        destination_tier=Tier.COLD,
        limits=Limits(files=5, size_bytes=100, usd=1.5),
    )
    return replace(policy, **changes)


def a_run(run_id="r1", **changes) -> PolicyRun:
    run = PolicyRun(
        run_id=run_id,
        policy_id="p1",
        owner="team-docs",
        name="old files",
        state=PolicyRunState.AWAITING,
        moves=(PlannedMove(file_ids=("a", "b"), recommendation_ids=(), destination_location=None, storage_class="X"),),
        files=2,
        size_bytes=10,
        once_usd=0.5,
        saves_per_month=0.1,
        beyond=("2 files, the limit is 1",),
        made_at=NOW,
    )
    return replace(run, **changes)


def a_mail() -> MailRequested:
    data = MailWishData(kind=NotificationKind.POLICY, level=Level.WARNING, title="asks")
    return MailRequested(subject="r1", user="team-docs", data=data)


def test_a_policy_comes_back_as_it_was_kept_and_is_changed_by_who_read_it_last(catalog):
    catalog.save_policy(a_policy())
    kept = catalog.policy("p1")

    assert a_policy(fence=1) == kept
    catalog.save_policy(replace(kept, name="theirs"))
    for late in (replace(kept, name="mine"), a_policy()):
        with pytest.raises(LostRaceError):
            catalog.save_policy(late)
    catalog.save_policy(a_policy("p2", owner="team-media", name="a"))
    assert ["a", "theirs"] == [one.name for one in catalog.policies()]
    assert ["theirs"] == [one.name for one in catalog.policies("team-docs")]
    catalog.delete_policy("p1")
    with pytest.raises(NotFoundError, match="no policy 'p1'"):
        catalog.policy("p1")


def test_a_run_is_opened_once_and_decided_once_with_its_events(catalog):
    assert a_run() == catalog.open_policy_run(a_run(), [a_mail()])
    assert a_run() == catalog.open_policy_run(a_run(files=9), [a_mail()])
    rejected = catalog.end_policy_run(a_run(), PolicyRunState.REJECTED, NOW, [a_mail()])
    again = catalog.end_policy_run(a_run(), PolicyRunState.STARTED, NOW, [a_mail()])

    assert replace(a_run(), state=PolicyRunState.REJECTED, decided_at=NOW) == rejected == again
    assert 2 == len(drain(catalog))
    with pytest.raises(NotFoundError, match="no run 'x'"):
        catalog.policy_run("x")


def test_the_last_runs_come_first(catalog):
    for number in range(3):
        catalog.open_policy_run(a_run(f"r{number}", made_at=NOW + timedelta(minutes=number)), [])

    assert ["r2", "r1"] == [run.run_id for run in catalog.policy_runs("p1", limit=2)]
