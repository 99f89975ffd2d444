"""The figures of the last table."""

import pytest
from worlds import migration

from cloudflow_cli.demo.figures import class_rows, percentile, run_row, seconds_per_file
from cloudflow_cli.demo.routes import FORBIDDEN, ROUTES, Run
from cloudflow_cli.demo.runs import Outcome
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.ports.catalogs import TierTotal


def total(location, storage_class, files, owner="team-docs", tier=Tier.HOT):
    return TierTotal(
        location_id=location, owner=owner, tier=tier, storage_class=storage_class, files=files, size_bytes=files * 10
    )


def outcome(*migrations, state="success", refusal=None, run=None):
    run = run or Run(route=ROUTES[0], file_ids=tuple(migration.file_id for migration in migrations))
    return Outcome(run=run, run_id="r", state=state, migrations=migrations, refusal=refusal)


def test_owners_are_added_up_and_both_moments_stand_side_by_side():
    before = [total("s3", "STANDARD", 3), total("s3", "STANDARD", 2, owner="team-research")]
    after = [total("s3", "STANDARD", 4), total("azure", "Cool", 1, tier=Tier.WARM)]

    rows = class_rows(before, after)

    assert [("azure", 0, 1, 0, 10), ("s3", 5, 4, 50, 40)] == [
        (row.location, row.files_before, row.files_after, row.bytes_before, row.bytes_after) for row in rows
    ]


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 50, None), ([3], 50, 3), ([3], 95, 3), ([4, 1, 3, 2], 50, 2), (list(range(1, 101)), 95, 95)],
)
def test_a_percentile_is_a_value_that_was_measured(values, percent, expected):
    assert expected == percentile(values, percent)


def test_the_seconds_of_a_file_run_from_asked_for_to_done():
    assert [12.5] == seconds_per_file([migration(seconds=12.5), migration(state=MigrationState.FAILED)])


def test_a_run_counts_what_arrived_and_what_did_not():
    row = run_row(outcome(migration(seconds=1), migration(key="b", state=MigrationState.FAILED), state="failed"))

    assert (1, 1, 5, False) == (row.done, row.failed, row.size_bytes, row.is_as_wanted)


def test_a_run_is_as_wanted_only_when_every_file_arrived():
    good = outcome(migration(seconds=1))

    assert good.is_as_wanted
    assert not outcome(migration(seconds=1), run=Run(route=ROUTES[0], file_ids=("a", "b"))).is_as_wanted


def test_a_forbidden_run_is_as_wanted_only_when_it_was_refused_and_touched_nothing():
    forbidden = Run(route=FORBIDDEN, file_ids=("a",), is_refused=True)

    assert outcome(state="failed", refusal="no such file", run=forbidden).is_as_wanted
    assert not outcome(state="success", run=forbidden).is_as_wanted
    assert not outcome(state="failed", run=forbidden).is_as_wanted
    assert not outcome(migration(), state="failed", refusal="no such file", run=forbidden).is_as_wanted
