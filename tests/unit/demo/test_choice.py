"""Which of the candidates are shown."""

import random

import pytest

from cloudflow_cli.demo.candidates import Candidate, Kind
from cloudflow_cli.demo.choice import KIB, MIB, Wish, choose
from cloudflow_lib.errors import CloudFlowError

WISH = Wish(files=200, size_bytes=40 * MIB, least_files=180, least_bytes=38 * MIB, large_files=2, large_bytes=30 * MIB)


def candidate(name, size_bytes, kind=Kind.DOCS):
    return Candidate(path=f"/{name}", key=name, kind=kind, size_bytes=size_bytes, mtime_ns=0)


@pytest.fixture
def machine():
    small = [candidate(f"{kind}/{number}", KIB, kind) for kind in Kind for number in range(300)]
    medium = [candidate(f"medium/{number}", MIB) for number in range(100)]
    return [*small, *medium, *(candidate(f"large/{number}", 12 * MIB, Kind.LIBRARIES) for number in range(5))]


def test_there_are_files_and_bytes_enough(machine):
    chosen = choose(machine, WISH)

    assert WISH.files == len(chosen)
    assert WISH.size_bytes <= sum(file.size_bytes for file in chosen) < WISH.size_bytes + 2 * MIB


def test_a_few_files_are_large_and_all_kinds_are_there(machine):
    chosen = choose(machine, WISH)

    assert 2 == sum(file.size_bytes >= WISH.large_from for file in chosen)
    assert set(Kind) == {file.kind for file in chosen}


def test_the_same_machine_gives_the_same_files_in_whatever_order_they_are_found(machine):
    shuffled = random.Random(1).sample(machine, len(machine))

    assert choose(machine, WISH) == choose(shuffled, WISH)


def test_no_file_is_chosen_twice(machine):
    chosen = choose([*machine, *machine], WISH)

    assert len(chosen) == len({file.key for file in chosen})


def test_a_kind_that_is_rare_leaves_its_place_to_others(machine):
    chosen = choose([file for file in machine if file.kind is not Kind.DATA], WISH)

    assert WISH.files == len(chosen)


def test_more_large_files_step_in_where_medium_ones_are_missing(machine):
    chosen = choose([file for file in machine if not file.key.startswith("medium")], WISH)

    assert WISH.size_bytes <= sum(file.size_bytes for file in chosen)


def test_a_machine_with_too_few_files_is_told_so(machine):
    with pytest.raises(CloudFlowError, match=r"only 150 suitable files.*install"):
        choose(machine[:150], WISH)
