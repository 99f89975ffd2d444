"""What waits for its end gets it, and nothing else does."""

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.workflows.migrate_file import take_steps
from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers


def migrated(bench, *, days=1.0):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file, quarantine_days=days)
    take_steps(move.migration_id, MigrationState.DONE, bench.services)
    return file


def test_a_source_stays_until_its_quarantine_is_over(bench):
    migrated(bench)
    bench.later(hours=23)

    assert 0 == sweep_leftovers(bench.services).removed
    assert ["a"] == bench.keys("here")


def test_a_source_goes_when_its_quarantine_is_over(bench):
    file = migrated(bench)
    bench.later(hours=25)

    first, second = sweep_leftovers(bench.services), sweep_leftovers(bench.services)

    assert (1, 0) == (first.removed, second.removed)
    assert [] == bench.keys("here")
    assert b"1" == bench.content(file.file_id)


def test_a_source_that_was_overwritten_in_quarantine_survives(bench):
    migrated(bench)
    bench.stores["here"].put("a", b"newer", ObjectTraits())
    bench.later(hours=25)

    assert 1 == sweep_leftovers(bench.services).kept
    assert ["a"] == bench.keys("here")
    assert {} == dict(bench.catalog.quarantined_at("here"))


def test_a_source_stays_when_its_copy_was_lost(bench):
    """Somebody deleted the copy: the source is the last one there is."""
    migrated(bench)
    bench.stores["there"].delete("a")
    bench.later(hours=25)

    assert 1 == sweep_leftovers(bench.services).kept
    assert ["a"] == bench.keys("here")


def test_a_migration_that_lacks_only_its_last_step_gets_it(bench):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file, quarantine_days=0)
    take_steps(move.migration_id, MigrationState.SWITCHED, bench.services)
    bench.later(days=400)

    assert 1 == sweep_leftovers(bench.services).finished
    assert MigrationState.DONE is bench.catalog.migration(move.migration_id).state
    assert [] == bench.keys("here")
    assert bench.catalog.file(file.file_id).migration_id is None


def test_a_migration_that_stood_still_before_the_switch_ends_failed(bench):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file)
    take_steps(move.migration_id, MigrationState.COPIED, bench.services)
    bench.later(days=400)

    assert 1 == sweep_leftovers(bench.services).failed
    assert (["a"], []) == (bench.keys("here"), bench.keys("there"))
    assert bench.catalog.file(file.file_id).migration_id is None


def test_a_store_that_does_not_answer_is_named_and_tried_again(bench):
    from cloudflow_lib.errors import StoreUnavailableError

    migrated(bench)
    bench.later(hours=25)
    store = bench.stores["here"]

    class Down:
        def delete(self, *_, **__):
            raise StoreUnavailableError("here does not answer")

    bench.stores["here"] = Down()
    assert ("here/a: here does not answer",) == sweep_leftovers(bench.services).problems

    bench.stores["here"] = store
    assert 1 == sweep_leftovers(bench.services).removed
