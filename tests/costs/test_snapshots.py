"""What a day cost: exact, once per change, each owner their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.charges import NANO
from cloudflow_lib.domain.cost_days import CostLine, MeterCharge, fewest
from cloudflow_lib.domain.cost_history import daily_costs
from cloudflow_lib.domain.cost_report import Split, cost_report
from cloudflow_lib.domain.events import EVENT
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.domain.prices import Meter, Part
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.ports.catalogs import FileChange
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.snapshot_costs import CostKeeper, snapshot_costs
from tests.catalog.examples import NOW, a_file, drain, fill

GIB = 1 << 30
DAY = date(2026, 2, 28)
AWS = shipped_book("aws")


@pytest.fixture
def services(catalog):
    for name in ("s3-main", "elsewhere"):
        catalog.save_location(
            Location(location_id=name, provider=Provider.S3, bucket=name, credential_id="c", owner="team-docs")
        )
    return Services(
        catalog=catalog,
        open_store=None,
        mailer=None,
        clock=lambda: NOW,
        price_book=lambda location: AWS if location.location_id == "s3-main" else None,
    )


def old(key, **changes):
    return a_file(key, **{"size_bytes": GIB, "first_seen_at": NOW - timedelta(days=40), "tier": Tier.HOT, **changes})


def costs_of(catalog, owner=None):
    return catalog.cost_days(DAY, DAY, owner=owner)


def charge_of(line, meter):
    return next(charge for charge in line.charges if charge.meter is meter)


def test_a_day_is_charged_as_the_price_book_says(catalog, services):
    file = old("reports/a.csv")
    fill(catalog, file)
    at = datetime.combine(DAY, datetime.min.time(), NOW.tzinfo)
    catalog.add_reads("b", [DayRollup(file_id=file.file_id, day=DAY, reads=7, read_bytes=GIB, last_read_at=at)])
    catalog.add_reads("c", [DayRollup(file_id=file.file_id, day=NOW.date(), reads=90, read_bytes=1, last_read_at=at)])
    report = snapshot_costs(services)
    [day] = costs_of(catalog)
    [line] = day.lines

    assert ("2026-02-28", 1, 1, 1, 0) == (report.day, report.owners, report.changed, report.files, report.unpriced)
    assert ("s3-main", Tier.HOT, "STANDARD", "reports/", 1, GIB) == (
        line.location_id,
        line.tier,
        line.storage_class,
        line.prefix,
        line.files,
        line.size_bytes,
    )
    storage = Fraction(AWS.first("STANDARD", Meter.STORAGE)) * 12 / 365
    assert round(storage * NANO) == charge_of(line, Meter.STORAGE).nanodollars
    assert round(7 * Fraction(AWS.first("STANDARD", Meter.READ)) * NANO) == charge_of(line, Meter.READ).nanodollars
    assert Meter.WRITE not in {charge.meter for charge in line.charges}


def test_a_day_that_comes_out_the_same_writes_nothing_and_late_reads_raise_one_event(catalog, services):
    file = old("a.csv")
    fill(catalog, file)
    assert 1 == snapshot_costs(services).changed
    [first] = drain(catalog)
    assert 0 == snapshot_costs(replace(services, clock=lambda: NOW + timedelta(hours=1)), DAY).changed
    assert [] == drain(catalog)
    catalog.add_reads("b", [DayRollup(file_id=file.file_id, day=DAY, reads=1, read_bytes=0, last_read_at=NOW)])
    assert 1 == snapshot_costs(replace(services, clock=lambda: NOW + timedelta(hours=2)), DAY).changed
    [second] = drain(catalog)

    assert first.data.before is None
    assert first.data.nanodollars == second.data.before < second.data.nanodollars
    assert "team-docs" == second.user


def test_a_new_file_pays_its_writing_and_one_of_a_later_day_is_not_there_yet(catalog, services):
    noon = datetime.combine(DAY, datetime.min.time(), NOW.tzinfo) + timedelta(hours=12)
    fill(catalog, old("new", first_seen_at=noon, modified_at=noon), old("later", first_seen_at=NOW))
    snapshot_costs(services)
    [day] = costs_of(catalog)

    assert [1] == [line.files for line in day.lines]
    assert 1 == charge_of(day.lines[0], Meter.WRITE).quantity


def test_writing_is_paid_on_its_day_and_not_for_what_a_scan_found_that_had_long_been_there(catalog, services):
    noon = datetime.combine(DAY, datetime.min.time(), NOW.tzinfo) + timedelta(hours=12)
    fill(
        catalog,
        old("found/a", first_seen_at=noon, modified_at=NOW - timedelta(days=400)),
        old("late/a", first_seen_at=noon, modified_at=noon - timedelta(hours=13)),
        old("overwritten/a", modified_at=noon),
    )
    snapshot_costs(services)
    [day] = costs_of(catalog)
    writes = {line.prefix: sum(c.quantity for c in line.charges if c.meter is Meter.WRITE) for line in day.lines}

    assert {"found/": 0, "late/": 1, "overwritten/": 1} == writes


def test_classes_that_charge_minimum_days_do_not_charge_them_every_day(catalog, services):
    fill(catalog, old("a", storage_class="STANDARD_IA", tier=Tier.WARM), old("b", storage_class="GLACIER"))
    snapshot_costs(services)
    charges = [charge for day in costs_of(catalog) for line in day.lines for charge in line.charges]

    assert {Part.STORAGE} == {charge.part for charge in charges}


def test_a_managed_class_charges_the_step_that_silence_led_to(catalog, services):
    name = AWS.managed_class
    fresh, idle = (
        old(key, storage_class=name, modified_at=NOW - timedelta(days=90), last_read_at=NOW - timedelta(days=days))
        for key, days in (("a/x", 2), ("b/x", 50))
    )
    fill(catalog, fresh, idle, old("c/x", storage_class=name, size_bytes=10))
    snapshot_costs(services)
    [day] = costs_of(catalog)
    options = [charge_of(line, Meter.STORAGE).option for line in day.lines]
    steps = AWS.storage_class(name).steps

    assert [steps[0].option, steps[1].option, steps[0].option] == options
    assert [True, True, False] == [any(c.part is Part.MONITORING for c in line.charges) for line in day.lines]


@pytest.mark.parametrize("field", ["modified_at", "placed_at"])
def test_a_managed_class_counts_silence_from_a_write_or_a_move_into_it(catalog, services, field):
    name, long_ago = AWS.managed_class, NOW - timedelta(days=200)
    touched = {"modified_at": long_ago, field: NOW - timedelta(days=5)}
    fill(catalog, old("a", storage_class=name, last_read_at=NOW - timedelta(days=150), **touched))
    snapshot_costs(services)
    [day] = costs_of(catalog)

    assert AWS.storage_class(name).steps[0].option == charge_of(day.lines[0], Meter.STORAGE).option


def test_owners_are_kept_apart_and_unpriced_files_are_counted(catalog, services):
    fill(
        catalog,
        old("a", owner="team-a"),
        old("b", owner="team-b"),
        old("c", location="elsewhere"),
        old("d", storage_class="UNHEARD_OF"),
    )
    report = snapshot_costs(services)

    assert (2, 2) == (report.owners, report.unpriced)
    assert ["team-b"] == [day.owner for day in costs_of(catalog, "team-b")]
    assert [] == list(costs_of(catalog, "team-docs"))


def test_events_into_an_empty_catalogue_give_the_same_costs_and_again_change_nothing(catalog, services):
    fill(catalog, *(old(f"p{number}/a", owner=f"team-{number % 2}") for number in range(5)))
    snapshot_costs(services)
    events = [EVENT.validate_json(event.model_dump_json()) for event in drain(catalog)]
    empty = MemoryCatalog()
    CostKeeper(empty).handle(events)
    CostKeeper(empty).handle(reversed(events))
    CostKeeper(catalog).handle(events)

    assert list(costs_of(catalog)) == list(costs_of(empty)) != []
    assert [] == drain(empty) == drain(catalog)


def test_an_older_version_of_a_day_never_replaces_a_newer_one(catalog, services):
    fill(catalog, old("a"))
    snapshot_costs(services)
    [day] = costs_of(catalog)

    assert not catalog.put_cost_day(replace(day, lines=(), worked_out_at=NOW - timedelta(hours=1)), None)
    assert not catalog.put_cost_day(replace(day, lines=()), None)
    assert catalog.put_cost_day(replace(day, lines=(), worked_out_at=NOW + timedelta(hours=1)), None)
    assert () == costs_of(catalog)[0].lines


def a_line(prefix, nanodollars, tier=Tier.HOT):
    charge = MeterCharge(Part.STORAGE, "STANDARD", Meter.STORAGE, "", 10, nanodollars)
    return CostLine(
        location_id="s3-main",
        tier=tier,
        storage_class="STANDARD",
        prefix=prefix,
        files=1,
        size_bytes=10,
        charges=(charge,),
    )


def test_too_many_prefixes_are_told_together_and_nothing_is_lost():
    lines = [a_line(f"p{number}/", number) for number in range(100)]
    told = fewest(lines, 10)

    assert 11 == len(told)
    assert sum(line.nanodollars for line in lines) == sum(line.nanodollars for line in told)
    assert 90 == next(line.files for line in told if line.prefix == "*")


@pytest.mark.parametrize(
    ("split", "names"),
    [(Split.TIER, ["cold", "hot"]), (Split.OWNER, ["team-docs"]), (Split.PREFIX, ["s3-main/b/", "s3-main/a/"])],
)
def test_a_report_splits_and_compares_with_the_days_before(split, names, services, catalog):
    fill(catalog, old("a"))
    snapshot_costs(services)
    [day] = costs_of(catalog)
    today = replace(day, lines=(a_line("a/", 5), a_line("b/", 20, Tier.COLD)))
    yesterday = replace(day, day=DAY - timedelta(days=1), lines=(a_line("a/", 7),))
    report = cost_report([yesterday, today], DAY, DAY, split)

    assert (25, 7) == (report.now, report.before)
    assert names == [group.name for group in report.groups]
    assert cost_report([today], DAY, DAY, split).before is None
    assert {DAY: {Tier.HOT: 10, Tier.WARM: 0, Tier.COLD: 10}} == report.sizes
    assert {Part.STORAGE: 25} == {part: amount for part, amount in report.parts.items() if amount}


def test_whoever_has_no_file_any_more_costs_nothing_from_then_on(catalog, services):
    file = old("a")
    fill(catalog, file, old("b", owner="team-media"))
    snapshot_costs(services, DAY - timedelta(days=2))
    gone = {"expected_version": file.version, "expected_tier": file.tier, "changed": {"state": FileState.VANISHED}}
    catalog.update_files([FileChange(file_id=file.file_id, event=None, **gone)])

    assert [2, 1] == [snapshot_costs(services, day).changed for day in (DAY - timedelta(days=1), DAY)]
    known = catalog.cost_days(DAY - timedelta(days=2), DAY, owner="team-docs")
    assert [True, False] == [bool(day.nanodollars) for day in known]
    assert [0.0, 0.0] == daily_costs(known, DAY)[0].tolist()[1:]
    assert 0 == snapshot_costs(services, DAY - timedelta(days=2)).changed
