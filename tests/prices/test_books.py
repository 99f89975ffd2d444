"""Price books: what ships holds together, and a mistake in a file is told in one line."""

import re
from decimal import Decimal

import pytest

from cloudflow_lib.adapters.prices.files import BOOKS, SHIPPED, book_hash, price_book, read_book, shipped_book
from cloudflow_lib.domain.locations import DEFAULT_CLASSES, Provider
from cloudflow_lib.domain.prices import UNIT_OF, Meter, Unit
from cloudflow_lib.domain.prices_derived import MANAGED_RULES, managed_class_of, with_rules
from cloudflow_lib.errors import NotFoundError, WrongInputError


@pytest.mark.parametrize("name", BOOKS)
def test_every_line_says_where_it_was_read_and_when(name):
    book = shipped_book(name)

    assert all(line.source in book.sources and line.seen.year >= 2026 for line in book.lines)
    assert set(UNIT_OF) == set(Meter)


@pytest.mark.parametrize("name", BOOKS)
def test_colder_classes_store_for_less_and_read_for_more(name):
    book = shipped_book(name)
    storage = [book.first(c, Meter.STORAGE) for c in book.instant_classes]
    retrieval = [book.first(c, Meter.RETRIEVAL) for c in book.instant_classes]

    assert storage == sorted(storage, reverse=True)
    assert retrieval == sorted(retrieval)


@pytest.mark.parametrize("name", BOOKS)
def test_the_classes_of_the_tiers_are_those_that_locations_use_unless_told_otherwise(name):
    book = shipped_book(name)

    assert tuple(DEFAULT_CLASSES[Provider(book.provider)].values()) == book.of_tiers.instant_classes
    assert [one for one in book.classes if one in book.of_tiers.classes] == list(book.of_tiers.classes)
    assert {one.name for one in book.classes if one.managed} <= {one.name for one in book.of_tiers.classes}


def test_stress_doubles_retrieval_and_halves_what_a_cold_class_saves():
    aws, stress = shipped_book("aws"), shipped_book("stress")

    assert Decimal("0.06") == stress.first("GLACIER_IR", Meter.RETRIEVAL)
    assert Decimal("0.0135") == stress.first("GLACIER_IR", Meter.STORAGE)
    assert Decimal("0.0135") == stress.first("INTELLIGENT_TIERING", Meter.STORAGE, "archive_instant")
    assert aws.bands("STANDARD", Meter.STORAGE) == stress.bands("STANDARD", Meter.STORAGE)
    assert book_hash(aws) != book_hash(stress)


@pytest.mark.parametrize("name", BOOKS)
def test_moving_one_object_is_a_copy_where_no_request_sets_its_class_and_lifecycle_rules_copy_nowhere(name):
    book = shipped_book(name)

    assert book.moves.colder_copies is (name != "azure")
    assert book.lifecycle == book.by_lifecycle.moves
    assert not book.lifecycle.colder_copies
    assert book.lifecycle.upload_extra_requests == book.moves.upload_extra_requests
    assert (book_hash(book) == book_hash(book.by_lifecycle)) is (name == "azure")


@pytest.mark.parametrize("name", BOOKS)
def test_every_managed_rule_can_be_worked_out_in_every_book(name):
    book = with_rules(shipped_book(name))

    for rule in MANAGED_RULES:
        found = book.storage_class(managed_class_of(book, rule))
        assert [days for days, _ in rule.steps] == [step.idle_days for step in found.steps]
        assert all(book.bands(found.name, Meter.STORAGE, step.option) for step in found.steps)
        assert book.bands(found.name, Meter.MONITORING)


@pytest.fixture
def changed(tmp_path):
    def write(pattern, replacement):
        text = (SHIPPED / "gcs.toml").read_text()
        new, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
        assert 1 == count
        path = tmp_path / "own.toml"
        path.write_text(new)
        return path

    return write


@pytest.mark.parametrize(
    ("pattern", "replacement", "told"),
    [
        (r'usd = "0.0200"', "usd = 0.02", "in quotes"),
        (r'usd = "0.0200"', 'usd = "-1"', "greater than or equal to 0"),
        (r'class = "STANDARD", meter = "list"', 'class = "STANDRAD", meter = "list"', "STANDRAD, which is no class"),
        (r'source = "G1"', 'source = "G9"', "source G9 is not explained"),
        (r"up_to = 153600", "up_to = 153", "bands stand in the order"),
        (r'usd = "0.08"', 'usd = "0.08", up_to = 900000', "the last band is open"),
        (
            r'meter = "storage", usd = "0.0012"',
            'meter = "list", option = "x", usd = "0.0012"',
            "ARCHIVE has no storage",
        ),
        (r"unit_bytes = \d+", "unit_bytes = 1000", "unit_bytes is"),
        (r"minimum_days = 30", "minimum_weeks = 4", "minimum_weeks"),
        (r"idle_days = 30", "idle_days = 0", "begin at 0 idle days and grow"),
        (r"^\[moves\]", "[moves", "no TOML"),
        (r"colder_ends_minimum = true", "colder_ends_minimum = false", "a copy ends the minimum days"),
    ],
)
def test_a_mistake_in_a_book_is_told(changed, pattern, replacement, told):
    with pytest.raises(WrongInputError, match=re.escape(told)):
        read_book(changed(pattern, replacement))


def test_a_book_of_one_s_own_is_named_by_its_file(changed):
    assert Decimal("0.019") == price_book(str(changed('"0.0200"', '"0.019"'))).first("STANDARD", Meter.STORAGE)


def test_an_unknown_book_is_told_with_those_there_are():
    with pytest.raises(NotFoundError, match="aws, azure, gcs, stress"):
        price_book("ibm")


OWN = """
[[overrides]]
book = "aws"
class = "STANDARD*"
meter = "storage"
percent = "10"
source = "contract 7"
seen = 2026-10-01

[[overrides]]
book = "aws"
class = ""
meter = "egress"
usd = "0.01"
source = "contract 8"
seen = 2026-10-01
"""


def test_a_customer_s_own_prices_replace_the_list(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN)

    book = price_book("aws", path)

    assert Decimal("0.0207") == book.first("STANDARD", Meter.STORAGE)
    assert Decimal("0.01125") == book.first("STANDARD_IA", Meter.STORAGE)
    assert Decimal("0.004") == book.first("GLACIER_IR", Meter.STORAGE)
    assert {Decimal("0.01")} == {line.usd for line in book.bands("", Meter.EGRESS)}
    assert "contract 7" == book.bands("STANDARD", Meter.STORAGE)[0].source
    assert book_hash(book) != book_hash(shipped_book("aws"))
    assert shipped_book("gcs") == price_book("gcs", path)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('percent = "10"', 'percent = "101"', "ends at 100 percent"),
        ('percent = "10"', "", "either percent or usd"),
        ('class = "STANDARD*"', 'class = "COOL"', "no line for the override"),
        ('meter = "storage"', 'meter = "space"', "overrides.0.meter"),
    ],
)
def test_an_override_that_cannot_be_meant_is_refused(tmp_path, before, after, told):
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(before, after, 1))

    with pytest.raises(WrongInputError, match=told):
        price_book("aws", path)


def test_units_of_space_and_time_are_told_apart():
    assert Unit.GB_MONTH is UNIT_OF[Meter.STORAGE]
    assert Unit.GB is UNIT_OF[Meter.RETRIEVAL]
