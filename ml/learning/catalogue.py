"""The platform's own past as a trace: files of the catalogue and their reads per day."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import PurePosixPath

import numpy as np

from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.ports.catalogs import Catalog
from ml.backtest.traces import NEVER, Labels, Log, ObjectTable, Trace, assembled

PREFIX_DEPTH = 2
DATES = re.compile(r"(?<!\d)(19|20)\d\d([-_.]?\d\d){0,3}(?!\d)|^\d+$")


def catalogue_trace(catalog: Catalog, now: datetime, *, days: int = 365, without: Collection[date] = ()) -> Trace:
    """Return the last *days* days up to this morning, *without* some; what was read before it was seen existed then."""
    first = (now - timedelta(days=days)).date()
    files = [file for page in catalog.iter_files() for file in page]
    rollups = [rollup for page in catalog.reads_since(first) for rollup in page if rollup.day not in without]
    return files_as_trace(files, rollups, now=now, days=days)


def files_as_trace(files: Sequence[CatalogFile], rollups: Iterable[DayRollup], *, now: datetime, days: int) -> Trace:
    """Return files and their rollups as a trace whose day 0 lies *days* days before today."""
    start = now.date() - timedelta(days=days)
    number = {file.file_id: place for place, file in enumerate(files)}
    known = [(number[one.file_id], one) for one in rollups if one.file_id in number]
    owner = np.array([place for place, _ in known], np.int32)
    day = np.array([(one.day - start).days for _, one in known], np.int32)
    log = Log(
        object=owner,
        day=day,
        reads=np.array([one.reads for _, one in known], np.int64),
        bytes_read=np.array([one.read_bytes for _, one in known], np.int64),
        writes=np.zeros(len(known), np.int64),
    )
    born = np.array([_day(min(file.first_seen_at, file.modified_at), start) for file in files], np.int32)
    np.minimum.at(born, owner, day)
    table = ObjectTable(
        ids=[file.file_id for file in files],
        size_bytes=np.array([file.size_bytes for file in files], np.int64),
        created=born,
        deleted=np.full(len(files), NEVER, np.int32),
        expires=np.full(len(files), NEVER, np.int32),
        prefix=_labels([prefix_of(file) for file in files]),
        extension=_labels([PurePosixPath(file.key).suffix.lower()[:12] for file in files]),
        owner=_labels([file.owner for file in files]),
    )
    return assembled(table, log, name="catalogue", days=days, history_days=days, source="this catalogue")


def prefix_of(file: CatalogFile) -> str:
    """
    Return the folder under which a file has its siblings: up to two levels of its location.

    Dates in it are left out: the partitions of all days are siblings, and no date tells what came later.
    """
    folders = [DATES.sub("#", folder) for folder in file.key.split("/")[:-1][:PREFIX_DEPTH]]
    return "/".join([file.location_id, *folders])


def _labels(names: Sequence[str]) -> Labels:
    known = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return Labels(codes=np.array([known[name] for name in names], np.int32), names=list(known))


def _day(moment: datetime, start: date) -> int:
    return max((moment.date() - start).days, -36_500)
