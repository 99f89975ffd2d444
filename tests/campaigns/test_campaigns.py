"""Many files on their way in bundles: planned once, paused, carried on, and nothing is lost on the way."""

from contextlib import suppress
from unittest.mock import Mock

import pytest

from cloudflow_lib.domain import campaigns
from cloudflow_lib.domain.campaigns import CampaignState, Tally
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import (
    CatalogUnavailableError,
    NotAllowedError,
    NotFoundError,
    StoreUnavailableError,
    WrongInputError,
)
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.workflows import move_bundle as moving
from cloudflow_lib.workflows import open_campaign as opening
from cloudflow_lib.workflows import sweep_leftovers as sweeping
from cloudflow_lib.workflows.move_bundle import give_up_bundle, move_bundle
from cloudflow_lib.workflows.open_campaign import open_campaign, preview_campaign, steer_campaign
from cloudflow_lib.workflows.plan_moves import parse
from cloudflow_lib.workflows.scan_location import scan_location
from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers
from tests.migration.conftest import build_bench

RUN = "run-1"
CONTENTS = {f"raw/{number:02}.bin": bytes([number]) * (number * 7 + 1) for number in range(11)}
WISH = {"source_location": "here", "destination_location": "there", "destination_prefix": "moved/"}


@pytest.fixture(autouse=True)
def small_bundles(monkeypatch):
    """Four files to a bundle, three to a visit to the catalogue."""
    monkeypatch.setattr(campaigns, "SMALLEST_BUNDLE", 4)
    monkeypatch.setattr(moving, "SETTLE_FILES", 3)


@pytest.fixture
def bench():
    return build_bench()


def fill(bench):
    return {key: bench.put_file(key, data).file_id for key, data in CONTENTS.items()}


def start(bench, user="team-docs", run=RUN, **wish):
    return open_campaign(run, user, {**WISH, **wish}, bench.services)


def move_all(bench, world=None):
    for bundle_id in bench.catalog.waiting_bundles(RUN):
        move_bundle(bundle_id, world or bench.services)


def assert_all_readable(bench, ids):
    assert dict(CONTENTS) == {key: bench.content(file_id) for key, file_id in ids.items()}


def scan(bench, place):
    return scan_location(place, catalog=bench.catalog, open_store=bench.services.open_store, clock=bench.services.clock)


def assert_scans_find_nothing_new(bench):
    for place in ("here", "there"):
        report = scan(bench, place)
        assert (0, 0, 0) == (report.added, report.vanished, report.changed)


def moved_events(bench):
    return [event.subject for event in bench.events() if event.type == "io.cloudflow.file.moved.v1"]


def not_moved_events(bench):
    return {event.subject: event.data for event in bench.events() if event.type == "io.cloudflow.file.not_moved.v1"}


def test_a_campaign_moves_every_file_and_tells_it_once(bench):
    ids = fill(bench)
    campaign = start(bench)
    assert (3, len(CONTENTS)) == (campaign.bundles, campaign.planned.files)

    move_all(bench)

    assert_all_readable(bench, ids)
    assert sorted(f"moved/{key}" for key in CONTENTS) == bench.keys("there")
    assert {"there"} == {bench.catalog.file(file_id).location_id for file_id in ids.values()}
    assert sorted(ids.values()) == sorted(moved_events(bench))
    progress = bench.catalog.campaign_progress(RUN)
    total = Tally(files=len(CONTENTS), size_bytes=sum(map(len, CONTENTS.values())))
    assert (total, Tally()) == (progress.moved, progress.failed)
    assert [] == bench.catalog.waiting_bundles(RUN)
    assert_scans_find_nothing_new(bench)
    assert sorted(CONTENTS) == bench.keys("here")
    bench.later(days=8)
    assert len(CONTENTS) == sweep_leftovers(bench.services).removed
    assert [] == bench.keys("here")
    assert {} == bench.catalog.quarantined_at("here")
    assert_all_readable(bench, ids)


def test_a_sweep_that_breaks_off_forgets_in_its_next_turn_what_it_removed(bench, monkeypatch):
    fill(bench)
    start(bench)
    move_all(bench)
    bench.later(days=8)

    def breaks_off(_sources):
        raise CatalogUnavailableError("no server")

    monkeypatch.setattr(sweeping, "FORGOTTEN_AT_ONCE", 5)
    monkeypatch.setattr(bench.catalog, "forget_quarantines", breaks_off)
    with pytest.raises(CatalogUnavailableError):
        sweep_leftovers(bench.services)
    monkeypatch.undo()
    assert len(CONTENTS) - 5 == len(bench.keys("here"))

    report = sweep_leftovers(bench.services)
    assert () == report.problems
    assert [] == bench.keys("here")
    assert {} == bench.catalog.quarantined_at("here")
    assert (0, 0) == ((again := sweep_leftovers(bench.services)).removed, again.kept)


def test_without_quarantine_the_sources_go_at_once(bench):
    ids = fill(bench)
    start(bench, quarantine_days=0)

    move_all(bench)

    assert [] == bench.keys("here")
    assert {} == bench.catalog.quarantined_at("here")
    assert_all_readable(bench, ids)


@pytest.mark.parametrize(
    ("caps", "planned", "left_out"),
    [
        ({"max_files": 5}, 5, 6),
        ({"max_bytes": 100}, None, None),
        ({"include": ["*.bin"], "exclude": ["*/00.bin", "*/1?.bin"]}, 9, 0),
    ],
    ids=["files", "bytes", "patterns"],
)
def test_what_does_not_fit_the_caps_is_left_and_counted(bench, caps, planned, left_out):
    fill(bench)

    campaign = start(bench, **caps)

    assert caps.get("max_bytes", 10**9) >= campaign.planned.size_bytes > 0
    if planned is None:
        planned, left_out = campaign.planned.files, len(CONTENTS) - campaign.planned.files
    assert (planned, left_out) == (campaign.planned.files, campaign.left_out.files)


def test_a_preview_counts_and_writes_nothing(bench):
    from cloudflow_lib.workflows.open_campaign import CampaignRequest

    fill(bench)
    request = parse(CampaignRequest, {**WISH, "max_files": 5})

    taken, left_out = preview_campaign("team-docs", request, bench.services)

    assert (5, 6) == (taken.files, left_out.files)
    assert [] == bench.catalog.recent_campaigns()


def test_a_paused_campaign_is_carried_on_without_listing_again(bench, monkeypatch):
    ids = fill(bench)
    start(bench)
    first = bench.catalog.waiting_bundles(RUN)[0]
    real_settle = moving.Settlement.settle

    def settle_and_pause(self, copies):
        real_settle(self, copies)
        steer_campaign(RUN, "team-docs", CampaignState.PAUSED, bench.services)

    monkeypatch.setattr(moving.Settlement, "settle", settle_and_pause)
    move_bundle(first, bench.services)
    monkeypatch.undo()
    move_all(bench)
    standing = bench.catalog.campaign_progress(RUN).moved.files
    assert 3 <= standing < len(CONTENTS)
    assert_all_readable(bench, ids)

    steer_campaign(RUN, "team-docs", CampaignState.RUNNING, bench.services)
    wire = Tripwire()
    world = bench.wired(wire)
    open_campaign(RUN, "team-docs", {}, world)
    move_all(bench, world)

    assert not {"list_files", "iter_files", "files_under", "list_pages"} & set(wire.calls)
    assert len(CONTENTS) == bench.catalog.campaign_progress(RUN).moved.files
    assert_all_readable(bench, ids)


def test_a_cancelled_campaign_stays_where_it_stands(bench):
    fill(bench)
    start(bench)
    move_bundle(bench.catalog.waiting_bundles(RUN)[0], bench.services)
    steer_campaign(RUN, "team-docs", CampaignState.CANCELLED, bench.services)

    move_all(bench)

    assert 4 == bench.catalog.campaign_progress(RUN).moved.files
    assert 4 == len(bench.keys("there"))
    with pytest.raises(NotAllowedError, match="start a new one"):
        steer_campaign(RUN, "team-docs", CampaignState.RUNNING, bench.services)


def test_only_those_who_may_touch_it_steer_a_campaign(bench):
    fill(bench)
    start(bench)

    with pytest.raises(NotFoundError):
        steer_campaign(RUN, "team-platform", CampaignState.PAUSED, bench.services)
    steer_campaign(RUN, "admin", CampaignState.PAUSED, bench.services)


@pytest.mark.parametrize(
    ("user", "wish", "error", "words"),
    [
        (None, {}, NotAllowedError, "signed-in"),
        ("team-platform", {}, WrongInputError, "no file matches"),
        ("team-docs", {"prefix": "nothing/"}, WrongInputError, "no file matches"),
        ("team-docs", {"destination_location": "here"}, WrongInputError, "migrate_files"),
        ("team-docs", {"max_files": 2_000_000}, WrongInputError, "max_files"),
        ("team-docs", {"source_location": None}, WrongInputError, "source_location"),
    ],
)
def test_a_refused_campaign_starts_nothing_and_says_why(bench, user, wish, error, words):
    fill(bench)

    with pytest.raises(error, match=words):
        start(bench, user, **wish)
    assert [] == bench.catalog.recent_campaigns()
    assert words in bench.catalog.refusal(RUN).reason


def test_a_file_that_changes_on_the_way_stays_and_is_named(bench):
    ids = fill(bench)
    start(bench)
    changed, gone = "raw/03.bin", "raw/05.bin"
    bench.stores["here"].put(changed, b"newer", bench.stores["here"].traits(changed))
    bench.stores["here"].delete(gone)

    move_all(bench)

    progress = bench.catalog.campaign_progress(RUN)
    assert (len(CONTENTS) - 2, 2) == (progress.moved.files, progress.failed.files)
    assert {changed, gone} == {problem.split(": ")[0] for problem in progress.problems}
    assert b"newer" == bench.content(ids[changed])
    assert f"moved/{changed}" not in bench.keys("there")


def test_a_file_that_is_catalogued_anew_meanwhile_keeps_its_place_and_its_copy_goes(bench, monkeypatch):
    ids = fill(bench)
    start(bench)
    key = "raw/03.bin"
    real = bench.catalog.move_files

    def move_after_a_scan(moves):
        bench.stores["here"].put(key, b"newer", bench.stores["here"].traits(key))
        scan(bench, "here")
        return real(moves)

    monkeypatch.setattr(bench.catalog, "move_files", move_after_a_scan)
    move_all(bench)

    assert b"newer" == bench.content(ids[key])
    assert f"moved/{key}" not in bench.keys("there")
    assert 1 == bench.catalog.campaign_progress(RUN).failed.files


def test_a_scan_takes_no_copy_on_its_way_for_a_new_file(bench, monkeypatch):
    ids = fill(bench)
    start(bench)
    bench.events()
    scans = []
    real = bench.catalog.move_files

    def move_after_a_scan(moves):
        bench.stores["there"].put("moved/somebody's own.bin", b"new", ObjectTraits())
        scans.append(scan(bench, "there"))
        return real(moves)

    monkeypatch.setattr(bench.catalog, "move_files", move_after_a_scan)
    move_all(bench)

    assert [1, *[0] * (len(scans) - 1)] == [report.added for report in scans]
    assert scans[0].left_alone
    assert_all_readable(bench, ids)
    told = [event.subject for event in bench.events() if event.type.startswith("io.cloudflow.file.discovered")]
    assert 1 == len(told)
    assert told[0] not in ids.values()


def test_what_a_cancelled_campaign_left_is_found_by_the_next_scan(bench, monkeypatch):
    fill(bench)
    start(bench)
    monkeypatch.setattr(bench.catalog, "move_files", Mock(side_effect=CatalogUnavailableError("away")))
    with pytest.raises(CatalogUnavailableError):
        move_all(bench)

    assert 0 == scan(bench, "there").added
    steer_campaign(RUN, "team-docs", CampaignState.CANCELLED, bench.services)
    assert len(bench.keys("there")) == scan(bench, "there").added > 0


def test_a_source_that_was_overwritten_after_its_proof_survives(bench, monkeypatch):
    ids = fill(bench)
    start(bench, quarantine_days=0)
    key = "raw/03.bin"
    real = bench.catalog.move_files

    def move_and_overwrite(moves):
        moved = real(moves)
        if ids[key] in moved:
            bench.stores["here"].put(key, b"newer", bench.stores["here"].traits(key))
        return moved

    monkeypatch.setattr(bench.catalog, "move_files", move_and_overwrite)
    move_all(bench)

    assert [key] == bench.keys("here")
    assert_all_readable(bench, ids)


def test_a_bundle_that_is_given_up_names_what_was_in_the_way(bench):
    ids = fill(bench)
    start(bench)
    [first, *_] = bench.catalog.waiting_bundles(RUN)

    for _ in range(2):
        report = give_up_bundle(first, "the destination does not answer", bench.services)

    assert (0, 4, 0) == (report.moved, report.failed, report.waiting)
    assert first not in bench.catalog.waiting_bundles(RUN)
    told = not_moved_events(bench)
    assert {file.file_id: f"moved/{file.key}" for file in bench.catalog.bundle(first).files} == {
        file_id: data.destination_key for file_id, data in told.items()
    }
    assert {"the destination does not answer"} == {data.reason for data in told.values()}
    assert set(told) <= set(ids.values())


def calls_of_a_campaign():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(campaigns, "SMALLEST_BUNDLE", 4)
        bench, wire = build_bench(), Tripwire()
        fill(bench)
        start(bench, quarantine_days=0)
        move_all(bench, bench.wired(wire))
    return len(wire.calls)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("broken_call", range(1, calls_of_a_campaign() - 20, 3))
def test_a_campaign_that_breaks_anywhere_is_carried_on(broken_call, moment):
    bench, wire = build_bench(), Tripwire(on_call=broken_call, moment=moment)
    ids = fill(bench)
    start(bench, quarantine_days=0)

    with suppress(StoreUnavailableError):
        move_all(bench, bench.wired(wire))
    assert wire.has_tripped
    assert_all_readable(bench, ids)

    move_all(bench)

    assert_all_readable(bench, ids)
    assert sorted(f"moved/{key}" for key in CONTENTS) == bench.keys("there")
    assert sorted(ids.values()) == sorted(moved_events(bench))
    bench.later(days=2)
    sweep_leftovers(bench.services)
    assert [] == bench.keys("here")
    assert {"there"} == {bench.catalog.file(file_id).location_id for file_id in ids.values()}
    assert {} == bench.catalog.quarantined_at("here")


@pytest.mark.parametrize(
    ("files", "sizes"),
    [
        (800, [800]),
        (3_000, [1_000, 1_000, 1_000]),
        (9_000, [1_125, 2_250, 2_250, 2_250, 1_125]),
        (20_000, [2_500, 5_000, 5_000, 5_000, 2_500]),
        (campaigns.MOST_FILES, [2_525, *[5_050] * 197, 2_625]),
    ],
)
def test_all_files_fit_into_the_bundles_there_may_be_and_two_beside_each_other_end_apart(monkeypatch, files, sizes):
    monkeypatch.undo()
    left, cut = files, []
    for size in campaigns.bundle_sizes(min(files, campaigns.ENOUGH_FILES)):
        cut.append(min(size, left))
        left -= cut[-1]
        if not left:
            break

    assert sizes == cut
    assert len(cut) <= campaigns.MOST_BUNDLES


def test_bundles_are_cut_by_what_is_taken_not_by_what_lies_there(bench, monkeypatch):
    monkeypatch.setattr(campaigns, "SMALLEST_BUNDLE", 1)
    fill(bench)

    assert 4 == start(bench, max_files=4).bundles


def test_bundles_of_long_names_are_smaller(bench, monkeypatch):
    ids = fill(bench)
    two_files = 2 * (len("raw/00.bin") + len("moved/raw/00.bin"))
    monkeypatch.setattr(opening, "MOST_NAME_BYTES", two_files)

    assert 6 == start(bench).bundles
    move_all(bench)

    assert sorted(ids.values()) == sorted(moved_events(bench))


def test_what_was_switched_before_a_crash_is_told_though_its_bundle_is_given_up(bench, monkeypatch):
    ids = fill(bench)
    start(bench)
    first = bench.catalog.waiting_bundles(RUN)[0]
    monkeypatch.setattr(moving.Settlement, "_finish", lambda *_: None)
    with suppress(Exception):
        move_bundle(first, bench.services)
    monkeypatch.undo()
    assert [] == moved_events(bench)
    steer_campaign(RUN, "team-docs", CampaignState.CANCELLED, bench.services)

    report = give_up_bundle(first, "no worker could run it", bench.services)

    switched = [file_id for file_id in ids.values() if bench.catalog.file(file_id).location_id == "there"]
    assert switched
    assert sorted(switched) == sorted(moved_events(bench))
    assert (len(switched), 0) == (report.moved, report.waiting)


def test_a_file_that_moves_while_its_bundle_is_given_up_is_told_as_moved(bench, monkeypatch):
    """Nobody stops a worker that is only slow: what it switched behind the last look is where it says."""
    ids = fill(bench)
    start(bench, quarantine_days=0)
    first = bench.catalog.waiting_bundles(RUN)[0]
    real_move = bench.catalog.move_files

    def slowly(moves):
        give_up_bundle(first, "no worker could run it", bench.services)
        return real_move(moves)

    monkeypatch.setattr(bench.catalog, "move_files", slowly)
    report = move_bundle(first, bench.services)

    there = [file_id for file_id in ids.values() if bench.catalog.file(file_id).location_id == "there"]
    assert there
    assert sorted(there) == sorted(moved_events(bench))
    assert (len(there), 4 - len(there)) == (report.moved, report.failed)


def test_a_file_that_lay_at_the_destination_before_is_never_taken_for_a_copy(bench):
    """Two folders may hold the same bytes under the same name, above all empty ones."""
    key, data = next(iter(CONTENTS.items()))
    theirs = bench.put_file(f"moved/{key}", data, location="there")
    bench.later(days=30)
    ids = fill(bench)
    start(bench, quarantine_days=0)

    move_all(bench)

    assert_all_readable(bench, ids)
    assert data == bench.content(theirs.file_id)
    assert FileState.PRESENT is bench.catalog.file(theirs.file_id).state
    assert [key] == bench.keys("here")
    progress = bench.catalog.campaign_progress(RUN)
    assert (len(CONTENTS) - 1, 1) == (progress.moved.files, progress.failed.files)


@pytest.mark.parametrize("size", [7, 9 * 1024 * 1024], ids=["one request", "parts"])
def test_an_object_that_no_scan_has_seen_yet_is_never_taken_for_a_copy(bench, monkeypatch, size):
    theirs = bench.stores["there"].put("moved/raw/a.bin", bytes(size), ObjectTraits())
    bench.later(days=30)
    file = bench.put_file("raw/a.bin", bytes(size))
    start(bench, quarantine_days=0)
    monkeypatch.setattr(bench.catalog, "move_files", lambda _moves: [])  # all were changed meanwhile

    move_all(bench)

    assert theirs.version == bench.stores["there"].stat(theirs.key).version
    assert bytes(size) == bench.content(file.file_id)
    assert "another file has its name" in bench.catalog.campaign_progress(RUN).problems[0]


def test_the_object_of_another_file_is_no_copy_to_be_discarded(bench, monkeypatch):
    key, data = next(iter(CONTENTS.items()))
    theirs = bench.put_file(f"moved/{key}", data, location="there")
    bench.later(days=30)
    ids = fill(bench)
    start(bench)
    monkeypatch.setattr(bench.catalog, "move_files", lambda _moves: [])  # all were changed meanwhile

    move_all(bench)

    assert_all_readable(bench, ids)
    assert data == bench.content(theirs.file_id)
    assert [theirs.key] == bench.keys("there")
