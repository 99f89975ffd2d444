"""Traces: drawn by seed, written, read again, and refused in one line when something is wrong with them."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cloudflow_lib.errors import WrongInputError
from ml.backtest.families.changes import CHANGES
from ml.backtest.families.draws import Scale
from ml.backtest.families.families import FAMILIES
from ml.backtest.families.make import make_trace
from ml.backtest.trace_files import read_trace, write_trace


def same(one, other):
    return all(
        np.array_equal(getattr(one.log, name), getattr(other.log, name))
        for name in ("object", "day", "reads", "bytes_read", "writes")
    ) and all(
        np.array_equal(getattr(one.objects, name), getattr(other.objects, name))
        for name in ("ids", "size_bytes", "created", "deleted", "expires")
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_a_trace_survives_being_written_and_read(family, small_trace, tmp_path):
    trace = small_trace(family)

    write_trace(trace, tmp_path)

    read = read_trace(tmp_path)
    assert same(trace, read)
    assert {} == read.left_out
    prefixes = [[t.objects.prefix.names[c] for c in t.objects.prefix.codes] for t in (trace, read)]
    assert prefixes[0] == prefixes[1]


@pytest.mark.parametrize("family", FAMILIES)
def test_names_give_no_family_away(family, small_trace):
    table = small_trace(family).objects

    told = " ".join([*table.ids, *table.prefix.names, *table.extension.names, *table.owner.names])
    assert not any(name in told for name in (*FAMILIES, "tenant", "restore", "lake", "media"))


def test_the_same_seed_draws_the_same_trace(small_trace):
    again = make_trace("lake", 3, Scale(objects=300, days=300, history_days=150))

    assert same(small_trace("lake"), again)
    assert not same(small_trace("lake"), small_trace("lake", seed=4))


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "shuffle"])
def test_changes_leave_the_history_as_it_was(change, small_trace):
    before, after = small_trace("tenants"), small_trace("tenants", change=change)
    known = [log.day < 150 for log in (before.log, after.log)]

    assert all(
        np.array_equal(getattr(before.log, name)[known[0]], getattr(after.log, name)[known[1]])
        for name in ("object", "day", "reads", "bytes_read")
    )
    assert before.log.reads.sum() != after.log.reads.sum()


@pytest.fixture
def folder(small_trace, tmp_path):
    write_trace(small_trace("tenants"), tmp_path)
    return tmp_path


def rewrite(path, change):
    table = pq.read_table(path)
    pq.write_table(change(table), path)


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("objects.parquet", lambda t: t.drop_columns(["owner"]), "column owner is missing"),
        ("objects.parquet", lambda t: pa.concat_tables([t, t.slice(0, 1)]), "object_id stands twice"),
        ("objects.parquet", lambda t: t.slice(0, 0), "no objects"),
        (
            "objects.parquet",
            lambda t: t.set_column(4, "size_bytes", pa.array([None] * t.num_rows, pa.int64())),
            "size_bytes has 300 empty values",
        ),
        ("accesses.parquet", lambda t: t.drop_columns(["reads", "writes"]), "column reads, writes is missing"),
        (
            "accesses.parquet",
            lambda t: t.set_column(2, "reads", pa.array(["many"] * t.num_rows)),
            "reads is no whole number",
        ),
        ("accesses.parquet", lambda t: t.set_column(2, "reads", pa.array([-1] * t.num_rows)), "reads is below 0"),
    ],
)
def test_a_broken_table_is_told(folder, file, change, told):
    rewrite(folder / file, change)

    with pytest.raises(WrongInputError, match=told):
        read_trace(folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda about: about.pop("days"), "days: Field required"),
        (lambda about: about.update(history_days=300), "leaves none"),
    ],
)
def test_a_broken_description_is_told(folder, change, told):
    about = json.loads((folder / "trace.json").read_text())
    change(about)
    (folder / "trace.json").write_text(json.dumps(about))

    with pytest.raises(WrongInputError, match=told):
        read_trace(folder)


def test_a_folder_without_a_trace_is_told(tmp_path):
    with pytest.raises(WrongInputError, match="cannot read"):
        read_trace(tmp_path)


def test_what_cannot_have_happened_is_counted_and_left_out(folder):
    def spoil(table):
        rows = table.slice(0, 3).to_pylist()
        rows[0]["object_id"] = "nobody"
        rows[1]["day"] = 9_999
        rows[2]["day"] = -1
        return pa.concat_tables([table, pa.Table.from_pylist(rows, table.schema)])

    before = read_trace(folder)
    rewrite(folder / "accesses.parquet", spoil)
    after = read_trace(folder)

    assert same(before, after)
    assert {"of objects that objects.parquet does not know": 1, "outside of the trace's days": 2} == after.left_out


def test_rows_of_the_same_day_are_added_up(folder):
    before = read_trace(folder)
    rewrite(folder / "accesses.parquet", lambda table: pa.concat_tables([table, table]))

    assert np.array_equal(2 * before.log.reads, read_trace(folder).log.reads)


def test_the_write_that_creates_an_object_is_no_overwrite(small_trace, tmp_path):
    trace = small_trace("tenants")
    born = np.flatnonzero(trace.log.day == trace.objects.created[trace.log.object])
    writes = trace.log.writes.copy()
    writes[born] = 1
    write_trace(replace(trace, log=replace(trace.log, writes=writes)), tmp_path)

    assert len(born)
    assert 0 == read_trace(tmp_path).log.writes.sum()
