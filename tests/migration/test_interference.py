"""What others do meanwhile, and what breaks where it hurts: each was found by a run of `benchmarks.faults`."""

from contextlib import suppress
from dataclasses import replace

import pytest

from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import (
    CatalogUnavailableError,
    CloudFlowError,
    CorruptDataError,
    ObjectExistsError,
    StoreUnavailableError,
)
from cloudflow_lib.testing.faults import Fault, FaultyWire, PortFault
from cloudflow_lib.testing.tripwire import Wired
from cloudflow_lib.workflows.migrate_file import fail, take_steps
from cloudflow_lib.workflows.report_batch import report_batch
from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers
from cloudflow_lib.workflows.undo_migration import cancel
from cloudflow_lib.workflows.upload_file import FileUpload
from cloudflow_lib.workflows.upload_plan import UploadWish

DATA = bytes(range(256)) * 8
DONE = MigrationState.DONE
PLAIN = ObjectTraits()


def one_account(bench):
    """Let one credential open both places: the store copies on its server then."""
    bench.catalog.save_location(
        Location(
            location_id="there",
            provider=Provider.MEMORY,
            bucket=bench.stores["there"].bucket,
            credential_id="here",
            owner="admin",
            owners={"": "team-docs"},
        ),
    )
    here = bench.catalog.location("here")
    bench.catalog.save_location(replace(here, bucket=bench.stores["here"].bucket))


def breaking(thing, method, error):
    """Return *thing* whose *method* works, and then loses its answer."""

    def lost(call):
        def called(*args, **named):
            call(*args, **named)
            raise error(f"the answer of {method} got lost")

        return called

    return Wired(thing, lambda name, call: lost(call) if name == method else call)


def with_store(bench, place, store):
    stores = {**bench.stores, place: store}
    return replace(bench.services, open_store=stores.__getitem__)


def test_a_bit_that_changed_on_its_way_from_the_source_is_noticed(bench):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, quarantine_days=0)
    wire = FaultyWire([Fault(what=PortFault.FLIPPED_READ, at_call=1)], seed="any")

    with pytest.raises(CorruptDataError, match="start a new migration"):
        take_steps(move.migration_id, DONE, with_store(bench, "here", wire.wrap(bench.stores["here"])))
    fail(move.migration_id, "corrupt", bench.services)

    assert DATA == bench.content(file.file_id)
    assert [] == bench.keys("there")


def test_a_copy_on_the_server_that_meets_a_strangers_object_leaves_it_alone(bench):
    one_account(bench)
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, quarantine_days=0)
    take_steps(move.migration_id, MigrationState.VALIDATED, bench.services)
    theirs = bench.stores["there"].put("a", b"theirs", PLAIN)

    with pytest.raises(ObjectExistsError):
        take_steps(move.migration_id, DONE, bench.services)
    failed = fail(move.migration_id, "taken", bench.services)

    assert theirs == bench.stores["there"].stat("a")
    assert "an object lies at there/a" in failed.error
    assert DATA == bench.content(file.file_id)


def test_a_copy_on_the_server_whose_source_changed_meanwhile_is_removed(bench):
    one_account(bench)
    file = bench.put_file("a", DATA)
    [move] = bench.open(file)
    take_steps(move.migration_id, MigrationState.VALIDATED, bench.services)

    def overwritten_behind(call):
        def called(*args, **named):
            copied = call(*args, **named)
            bench.stores["here"].put("a", b"newer", PLAIN)
            return copied

        return called

    target = Wired(
        bench.stores["there"], lambda name, call: overwritten_behind(call) if name == "copy_within" else call
    )
    with pytest.raises(Exception, match="overwritten"):
        take_steps(move.migration_id, DONE, with_store(bench, "there", target))
    fail(move.migration_id, "overwritten", bench.services)

    assert ([], ["a"]) == (bench.keys("there"), bench.keys("here"))


def test_a_worker_that_hears_late_of_its_copy_on_the_server_leaves_what_another_made_of_it(bench):
    one_account(bench)
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, quarantine_days=0)
    take_steps(move.migration_id, MigrationState.VALIDATED, bench.services)

    def heard_late(call):
        def called(*args, **named):
            copied = call(*args, **named)
            take_steps(move.migration_id, DONE, bench.services)
            return copied

        return called

    target = Wired(bench.stores["there"], lambda name, call: heard_late(call) if name == "copy_within" else call)
    ended = take_steps(move.migration_id, DONE, with_store(bench, "there", target))

    assert MigrationState.DONE == ended.state
    assert (["a"], []) == (bench.keys("there"), bench.keys("here"))
    assert DATA == bench.content(file.file_id)


@pytest.mark.parametrize("days", [0, 1])
def test_a_copy_that_somebody_replaced_before_the_switch_saves_its_source(bench, days):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, quarantine_days=days)
    take_steps(move.migration_id, MigrationState.VERIFIED, bench.services)
    bench.stores["there"].put("a", b"theirs", PLAIN)

    done = take_steps(move.migration_id, DONE, bench.services)
    bench.later(days=10)
    sweep_leftovers(bench.services)

    assert "its source was kept" in " ".join(done.notes)
    assert ["a"] == bench.keys("here")
    assert {} == dict(bench.catalog.quarantined_at("here")), "a scan finds the source again"
    assert bench.catalog.file(file.file_id).migration_id is None


def test_a_write_whose_answer_got_lost_is_removed_when_its_migration_fails(bench):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file)
    deaf = with_store(bench, "there", breaking(bench.stores["there"], "put", StoreUnavailableError))
    take_steps(move.migration_id, MigrationState.VALIDATED, bench.services)
    with suppress(StoreUnavailableError):
        take_steps(move.migration_id, DONE, deaf)
    assert ["a"] == bench.keys("there")

    fail(move.migration_id, "given up", bench.services)

    assert [] == bench.keys("there")
    assert DATA == bench.content(file.file_id)


def test_a_write_that_nobody_heard_of_is_told_when_nobody_can_say_whose_it_is(bench):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file)
    deaf = with_store(bench, "there", breaking(bench.stores["there"], "put", StoreUnavailableError))
    take_steps(move.migration_id, MigrationState.VALIDATED, bench.services)
    with suppress(StoreUnavailableError):
        take_steps(move.migration_id, DONE, deaf)
    bench.stores["here"].put("a", b"newer", PLAIN)

    failed = fail(move.migration_id, "given up", bench.services)

    assert "an object lies at there/a" in failed.error
    assert ["a"] == bench.keys("there")


@pytest.mark.parametrize("mend", ["report", "sweep"])
def test_a_file_is_let_go_even_when_the_worker_that_failed_it_died_right_then(bench, mend):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file)
    dying = replace(bench.services, catalog=breaking(bench.catalog, "advance", CatalogUnavailableError))
    with suppress(CatalogUnavailableError):
        fail(move.migration_id, "because", dying)
    assert move.migration_id == bench.catalog.file(file.file_id).migration_id

    if mend == "report":
        report_batch("run-1", bench.services)
    else:
        bench.later(days=400)
        sweep_leftovers(bench.services)

    assert bench.catalog.file(file.file_id).migration_id is None
    assert MigrationState.FAILED is bench.catalog.migration(move.migration_id).state


def test_a_worker_that_gives_up_never_discards_a_copy_that_another_one_switches_to(bench):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, quarantine_days=0)
    take_steps(move.migration_id, MigrationState.COPIED, bench.services)

    def overtaken(call):
        def called(*args):
            take_steps(move.migration_id, DONE, bench.services)
            return call(*args)

        return called

    slow = Wired(bench.catalog, lambda name, call: overtaken(call) if name == "advance" else call)
    given_up = fail(move.migration_id, "no answer for the third time", replace(bench.services, catalog=slow))

    assert DONE is given_up.state
    assert DATA == bench.content(file.file_id)


def test_what_hinders_a_second_worker_may_be_the_success_of_the_first(bench):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, quarantine_days=0)

    def overtaken(call):
        def called(*args):
            take_steps(move.migration_id, MigrationState.COPIED, bench.services)
            return call(*args)

        return called

    slow = Wired(bench.stores["there"], lambda name, call: overtaken(call) if name == "check_access" else call)
    done = take_steps(move.migration_id, DONE, with_store(bench, "there", slow))

    assert DONE is done.state
    assert DATA == bench.content(file.file_id)


@pytest.mark.parametrize("first_upto", [MigrationState.COPIED, MigrationState.VERIFIED, DONE])
@pytest.mark.parametrize("data", [b"", DATA * 100], ids=["one request", "parts"])
def test_two_files_of_the_same_bytes_never_become_one(bench, data, first_upto):
    """Both found the name free; the second takes the copy of the first for its own, whose answer got lost."""
    bench.catalog.save_location(replace(bench.catalog.location("here"), location_id="elsewhere"))
    bench.stores["elsewhere"] = MemoryStore("elsewhere")
    files = [bench.put_file("a", data, location=place) for place in ("here", "elsewhere")]
    moves = [bench.open(file, batch=file.location_id, quarantine_days=0)[0] for file in files]
    for move in moves:
        take_steps(move.migration_id, MigrationState.VALIDATED, bench.services)

    take_steps(moves[0].migration_id, first_upto, bench.services)
    for move in reversed(moves):
        try:
            take_steps(move.migration_id, DONE, bench.services)
        except CloudFlowError as error:
            fail(move.migration_id, str(error), bench.services)

    assert [data, data] == [bench.content(file.file_id) for file in files]
    assert [FileState.PRESENT] * 2 == [bench.catalog.file(file.file_id).state for file in files]
    assert 2 == len(bench.keys("here") + bench.keys("elsewhere") + bench.keys("there"))


@pytest.mark.parametrize("upto", [MigrationState.COPIED, DONE], ids=["fails", "goes on"])
def test_a_file_of_the_same_bytes_that_somebody_sent_meanwhile_stays_theirs(bench, upto):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, quarantine_days=0)
    take_steps(move.migration_id, MigrationState.VALIDATED, bench.services)
    with FileUpload(UploadWish(user="team-docs", location_id="there", name="a"), bench.services) as upload:
        upload.take(DATA)
        sent = upload.finish()

    with suppress(CloudFlowError):
        take_steps(move.migration_id, upto, bench.services)
    fail(move.migration_id, "its worker was lost", bench.services)

    assert [DATA, DATA] == [bench.content(one.file_id) for one in (file, sent)]
    assert FileState.PRESENT is bench.catalog.file(sent.file_id).state
    assert "here" == bench.catalog.file(file.file_id).location_id


def away(*_args, **_named):
    raise CatalogUnavailableError("the catalogue does not answer")


class Died(BaseException):
    """The worker is dead: no handler of errors sees this."""


def writing_behind(bench, end, *, then=None):
    """Return the world of a worker in whose write somebody else ends the migration; *then* its call raises."""

    def late(call):
        def called(*args, **named):
            end()
            written = call(*args, **named)
            if then is not None:
                raise then
            return written

        return called

    writes = {"put", "finish_upload", "copy_within"}
    return with_store(
        bench, "there", Wired(bench.stores["there"], lambda name, call: late(call) if name in writes else call)
    )


ENDS = {
    "failed": lambda bench, move: fail(move.migration_id, "given up", bench.services),
    "cancelled": lambda bench, move: cancel(move.migration_id, "team-docs", bench.services),
}
ROUTES = {"one request": (DATA, False), "on the server": (DATA, True), "large, on the server": (DATA * 100, True)}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("broken", ["it died", "the catalogue was away"])
def test_a_copy_that_lands_behind_the_end_of_its_migration_is_swept_if_its_worker_cannot(bench, route, end, broken):
    data, on_server = ROUTES[route]
    if on_server:
        one_account(bench)
    file = bench.put_file("a", data)
    [move] = bench.open(file)
    take_steps(move.migration_id, MigrationState.VALIDATED, bench.services)
    late = writing_behind(bench, lambda: ENDS[end](bench, move), then=Died() if broken == "it died" else None)
    if broken != "it died":
        late = replace(late, catalog=Wired(bench.catalog, lambda name, call: away if name == "advance" else call))

    with pytest.raises((Died, CatalogUnavailableError)):
        take_steps(move.migration_id, DONE, late)

    assert ["a"] == bench.keys("there")
    assert move.migration_id == bench.catalog.file(file.file_id).migration_id, "nobody else may put anything there"
    bench.later(days=400)  # the catalogue stamps by its own clock
    sweep_leftovers(bench.services)
    assert [] == bench.keys("there")
    assert bench.catalog.file(file.file_id).migration_id is None
    assert data == bench.content(file.file_id)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("route", [*ROUTES, "parts"])
@pytest.mark.parametrize("heard", [True, False])
def test_a_worker_takes_a_copy_back_that_lands_behind_the_end_of_its_migration(bench, route, end, heard):
    data, on_server = ROUTES.get(route, (DATA * 100, False))
    if on_server:
        one_account(bench)
    file = bench.put_file("a", data)
    [move] = bench.open(file)
    take_steps(move.migration_id, MigrationState.VALIDATED, bench.services)
    late = writing_behind(
        bench, lambda: ENDS[end](bench, move), then=None if heard else StoreUnavailableError("no answer")
    )

    with pytest.raises(CloudFlowError, match=end):
        take_steps(move.migration_id, DONE, late)

    assert [] == bench.keys("there")
    assert bench.catalog.file(file.file_id).migration_id is None
    assert data == bench.content(file.file_id)
