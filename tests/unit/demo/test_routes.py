"""Which files are migrated, so that the demonstration can be shown again and again."""

from dataclasses import replace

import pytest
from worlds import LOCATIONS, file

from cloudflow_cli.demo.routes import FORBIDDEN, ROUTES, Pool, Route
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import CloudFlowError

MOVE = Route(source="s3-main", destination="azure-main", files=4)
CHANGE = Route(source="azure-main", destination=None, files=4)


def files(count, location_id="s3-main", **changed):
    return [file(f"docs/{location_id}/{number}", location_id, **changed) for number in range(count)]


def pool(found, quarantined=None):
    return Pool(found, LOCATIONS, quarantined or {})


def test_no_file_is_drawn_twice():
    drawing = pool(files(8))

    first, second = drawing.draw(MOVE), drawing.draw(MOVE)

    assert 8 == len({*first.file_ids, *second.file_ids})


def test_the_largest_file_and_odd_names_are_among_the_drawn():
    found = files(50)
    large, odd = file("docs/large", size_bytes=10**8), file("docs/Übersicht 100%")

    drawn = pool([*found, large, odd]).draw(MOVE).file_ids

    assert {large.file_id, odd.file_id} <= set(drawn)


def test_a_route_with_too_few_files_goes_the_other_way():
    run = pool([*files(3), *files(4, "azure-main")]).draw(MOVE)

    assert ("azure-main", "s3-main") == (run.route.source, run.route.destination)


def test_files_that_are_gone_or_on_their_way_are_not_drawn():
    found = [file("docs/gone", state=FileState.VANISHED), file("docs/held", migration_id="m"), *files(3)]

    with pytest.raises(CloudFlowError, match="make clean"):
        pool(found).draw(MOVE)


def test_a_file_never_moves_onto_its_own_kept_source():
    found = files(5)

    run = pool(found, {"azure-main": {found[0].key}}).draw(MOVE)

    assert found[0].file_id not in run.file_ids


def test_a_team_moves_only_its_own_files():
    found = [*files(4), *files(9, "gcs-main", owner="team-platform")]
    others = [replace(one, file_id=f"{one.file_id}x", owner="team-research", key=f"{one.key}x") for one in files(9)]

    run = pool([*found, *others]).draw(replace(MOVE, user="team-docs"))

    assert {one.file_id for one in found[:4]} == set(run.file_ids)


def test_in_place_files_get_the_class_of_their_tier():
    cool = files(4, "azure-main", tier=Tier.WARM, storage_class="Hot")
    right = [file(f"docs/right{number}", "azure-main", tier=Tier.HOT, storage_class="Hot") for number in range(9)]

    run = pool([*right, *cool]).draw(CHANGE)

    assert {one.file_id for one in cool} == set(run.file_ids)
    assert run.request()["destination_tier"] is None


def test_when_every_class_is_right_some_files_are_warmed_up():
    found = files(4, "azure-main", tier=Tier.COLD, storage_class="Cold")

    assert "hot" == pool(found).draw(CHANGE).request()["destination_tier"]


def test_the_forbidden_run_asks_for_files_of_another_team():
    found = [*files(9), *[file(f"platform/{number}", owner="team-platform") for number in range(3)]]

    run = pool(found).draw_forbidden(FORBIDDEN)

    assert run.is_refused
    assert "team-docs" == run.route.user
    assert {one.file_id for one in found[9:]} == set(run.file_ids)


def test_files_for_which_something_may_be_recommended_change_no_class_for_show():
    found = [*files(4, "azure-main"), *[file(f"docs/{n}", "azure-main", size_bytes=128 * 1024) for n in range(9)]]

    assert {one.file_id for one in found[:4]} == set(pool(found).draw(CHANGE).file_ids)


def test_the_routes_move_enough_files():
    assert sum(route.files for route in ROUTES) >= 30
    assert all(route.destination for route in ROUTES)
    assert {0.0, 7.0} == {route.quarantine_days for route in ROUTES}
    assert {"admin", "team-docs"} == {route.user for route in ROUTES}
