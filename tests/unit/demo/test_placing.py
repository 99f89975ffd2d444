"""Where each file starts, and under which name."""

import string

import pytest

from cloudflow_cli.demo.candidates import Candidate, Kind
from cloudflow_cli.demo.placing import ARCHIVE, AZURE, GCS, S3, SPREAD_FROM, is_odd, place


def files(count, size_bytes=10):
    return [
        Candidate(path=f"/{n}", key=f"docs/a/{n}.txt", kind=Kind.DOCS, size_bytes=size_bytes, mtime_ns=0)
        for n in range(count)
    ]


def test_every_place_gets_its_share():
    placed = place(files(2000))

    shares = {name: sum(file.location_id == name for file in placed) / 20 for name in (S3, ARCHIVE, AZURE, GCS)}
    assert shares == pytest.approx({S3: 34, ARCHIVE: 18, AZURE: 28, GCS: 20}, abs=4)


def test_large_files_are_dealt_out_to_the_clouds_in_turn():
    placed = place(files(6, SPREAD_FROM))

    assert [S3, AZURE, GCS, S3, AZURE, GCS] == [file.location_id for file in placed]


def test_some_names_are_hard_and_all_differ():
    placed = place(files(500))

    odd = [file.key for file in placed if is_odd(file.key)]
    assert 500 == len({file.key for file in placed})
    assert 30 <= len(odd) <= 100
    assert all(any(sign in key for key in odd) for sign in " %+#?'Ü本")


def test_the_same_files_start_at_the_same_places():
    assert place(files(300)) == place(files(300))


def test_a_new_name_never_takes_the_place_of_another_file():
    taken = [
        Candidate(path=f"/{n}", key=key, kind=Kind.DOCS, size_bytes=1, mtime_ns=0)
        for n, key in enumerate(f"{letter}{rest}" for letter in string.ascii_lowercase for rest in ("", " (copy 2)"))
    ]

    assert len(taken) == len({file.key for file in place(taken)})
