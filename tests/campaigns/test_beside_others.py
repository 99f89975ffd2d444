"""A campaign beside a migration of the same file, and between two names of one bucket: no byte is lost."""

from dataclasses import replace

import pytest

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.workflows.migrate_file import take_steps
from cloudflow_lib.workflows.move_bundle import move_bundle
from cloudflow_lib.workflows.open_campaign import open_campaign
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers
from cloudflow_lib.workflows.undo_migration import cancel
from tests.migration.conftest import build_bench

RUN = "campaign__1"
DATA = b"x" * 100
WAYS = {"source_location": "here", "destination_location": "there"}


@pytest.fixture
def bench():
    return build_bench()


def move(bench):
    for bundle in bench.catalog.waiting_bundles(RUN):
        move_bundle(bundle, bench.services)


def problems(bench):
    return bench.catalog.campaign_progress(RUN).problems


def migration_at(bench, file, state, **request):
    [migration] = bench.open(file, **request)
    take_steps(migration.migration_id, state, bench.services)
    return migration.migration_id


def after_the_look(bench, monkeypatch, begin):
    """Let *begin* happen once the campaign has seen that nothing holds the file, before it copies it."""
    real = bench.catalog.held_among

    def looked(file_ids):
        found = real(file_ids)
        monkeypatch.setattr(bench.catalog, "held_among", real)
        begin()
        return found

    monkeypatch.setattr(bench.catalog, "held_among", looked)


@pytest.mark.parametrize("days", [0, 7])
@pytest.mark.parametrize("state", [MigrationState.COPIED, MigrationState.VERIFIED, MigrationState.SWITCHED])
def test_the_copy_of_a_migration_is_not_the_campaigns_to_discard(bench, monkeypatch, state, days):
    file = bench.put_file("raw/a.bin", DATA)
    open_campaign(RUN, "team-docs", WAYS, bench.services)
    begun = []
    after_the_look(bench, monkeypatch, lambda: begun.append(migration_at(bench, file, state, quarantine_days=days)))

    def deleted_late(key, **how):
        """What the migration's worker does between the campaign's refusal and its removal."""
        monkeypatch.undo()
        take_steps(begun[0], MigrationState.DONE, bench.services)
        return bench.stores["there"].delete(key, **how)

    monkeypatch.setattr(bench.stores["there"], "delete", deleted_late)
    move(bench)
    monkeypatch.undo()
    take_steps(begun[0], MigrationState.DONE, bench.services)

    assert "there" == bench.catalog.file(file.file_id).location_id
    assert DATA == bench.content(file.file_id)
    assert ([] if days == 0 else ["raw/a.bin"]) == bench.keys("here")
    bench.later(days=8)
    sweep_leftovers(bench.services)
    assert DATA == bench.content(file.file_id)


def test_a_file_that_a_migration_holds_is_not_copied_at_all(bench):
    held, free = bench.put_file("raw/a.bin", DATA), bench.put_file("raw/b.bin", DATA)
    open_campaign(RUN, "team-docs", WAYS, bench.services)
    migration = migration_at(bench, held, MigrationState.VALIDATED)

    move(bench)

    assert ["raw/b.bin"] == bench.keys("there")
    assert "there" == bench.catalog.file(free.file_id).location_id
    assert "held by a migration" in problems(bench)[0]
    take_steps(migration, MigrationState.DONE, bench.services)
    assert "there" == bench.catalog.file(held.file_id).location_id


def test_a_copy_is_removed_where_the_migration_that_holds_its_file_leads_elsewhere(bench, monkeypatch):
    file = bench.put_file("raw/a.bin", DATA)
    open_campaign(RUN, "team-docs", WAYS, bench.services)
    real = bench.catalog.move_files

    def held_before(moves):
        migration_at(bench, file, MigrationState.VERIFIED, destination_prefix="other/")
        return real(moves)

    monkeypatch.setattr(bench.catalog, "move_files", held_before)
    move(bench)

    assert ["other/raw/a.bin"] == bench.keys("there")
    assert DATA == bench.content(file.file_id)


@pytest.mark.parametrize("days", [0, 7])
def test_a_file_whose_migration_is_cancelled_before_the_switch_never_points_at_nothing(bench, monkeypatch, days):
    file = bench.put_file("raw/a.bin", DATA)
    begun = []
    open_campaign(RUN, "team-docs", {**WAYS, "quarantine_days": days}, bench.services)
    after_the_look(bench, monkeypatch, lambda: begun.append(migration_at(bench, file, MigrationState.COPIED)))
    real = bench.catalog.move_files

    def cancelled_before(moves):
        cancel(begun[0], "team-docs", bench.services)
        return real(moves)

    monkeypatch.setattr(bench.catalog, "move_files", cancelled_before)
    move(bench)

    assert DATA == bench.content(file.file_id)
    assert {} == bench.catalog.quarantined_at("here")
    assert 1 == len(problems(bench))


def one_bucket(bench, *, endpoint=None):
    """Let both locations lead to one bucket, the second by a name of the server's of its own."""
    bench.stores["there"] = bench.stores["here"]
    there = bench.catalog.location("there")
    bench.catalog.save_location(replace(there, bucket=bench.catalog.location("here").bucket))
    bench.catalog.save_credential(replace(bench.catalog.credential("there"), endpoint_url=endpoint))


def test_two_names_of_one_bucket_are_told_before_anything_is_copied_onto_itself(bench):
    one_bucket(bench)
    file = bench.put_file("raw/a.bin", DATA)

    with pytest.raises(WrongInputError, match=r"one bucket.*onto itself.*destination_prefix"):
        open_campaign(RUN, "team-docs", WAYS, bench.services)
    with pytest.raises(WrongInputError, match="one bucket"):
        open_migrations("run-1", "team-docs", {"file_ids": [file.file_id], **WAYS}, bench.services)


def test_a_prefix_of_its_own_in_one_bucket_is_another_object(bench):
    one_bucket(bench)
    file = bench.put_file("raw/a.bin", DATA)
    open_campaign(RUN, "team-docs", {**WAYS, "destination_prefix": "moved/", "quarantine_days": 0}, bench.services)

    move(bench)

    assert ["moved/raw/a.bin"] == bench.keys("here")
    assert DATA == bench.content(file.file_id)


@pytest.mark.parametrize("days", [0, 7])
def test_an_object_behind_two_addresses_is_not_removed_as_its_own_source(bench, days):
    one_bucket(bench, endpoint="https://another.name.example")
    file = bench.put_file("raw/a.bin", DATA)
    bench.now = bench.stores["here"].stat("raw/a.bin").modified_at
    open_campaign(RUN, "team-docs", {**WAYS, "quarantine_days": days}, bench.services)

    move(bench)
    bench.later(days=9)
    sweep_leftovers(bench.services)

    assert ["raw/a.bin"] == bench.keys("here")
    assert DATA == bench.content(file.file_id)
    assert "object itself" in problems(bench)[0]
