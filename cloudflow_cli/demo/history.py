"""
A past for the files of the demonstration: access logs that were never recorded by anybody.

They are synthetic, and the folder says so. Everything follows from the seed, the files and the
moment: the same three give the same bytes. The report tells exactly what is in the logs, so that
readers can be measured against it.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from cloudflow_cli.demo.behaviours import Span, behaviour_of
from cloudflow_cli.demo.log_formats import FORMATS, Request
from cloudflow_cli.demo.manifest import Entry
from cloudflow_cli.demo.world import OWNERS, TEAM, World
from cloudflow_lib.domain.locations import Provider

PEOPLE = "aws-cli/2.31 md/Botocore#1.44"
OURSELVES = "cloudflow/0.1"
RANGE_BYTES = 16 * 1024 * 1024
MOST_RANGES = 8
LOOKED_AT, UNCHANGED, PARTIAL, LATE, DOUBLE, TORN = 0.3, 0.05, 0.1, 0.02, 0.005, 0.0005
"""Per read: a HEAD before it, an answer 304 besides, a part only; per line: late by a day, delivered twice, cut off."""
CHECKED_PER_NIGHT = 0.01
TORN_CHARACTERS = 40
UNIQUE_DIGITS = 16
NOTE = """\
# Synthetic access logs

Nobody ever sent these requests. They were generated for a demonstration, in the formats in which
the providers deliver access logs, so that files have a past to be judged by.

- seed: {seed}
- days: {days}, up to {now:%Y-%m-%d %H:%M} UTC
- lines: {lines}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFile:
    """A file that gets a past."""

    location_id: str
    provider: Provider
    bucket: str
    key: str
    size_bytes: int
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryReport:
    """What the logs hold: what a right reader must find in them."""

    lines: int = 0
    reads: int = 0
    duplicates: int = 0
    broken: int = 0
    own: int = 0
    not_reads: int = 0
    logs: int = 0
    late: int = 0
    by_file: Mapping[tuple[str, str, date], int] = field(default_factory=dict)
    """(location id, key, UTC day) -> reads."""


def write_history(
    folder: Path,
    files: Sequence[PastFile],
    *,
    seed: int,
    now: datetime,
    days: int = 120,
) -> HistoryReport:
    """Write *days* of access logs of *files* below *folder*, one folder per location, and say what they hold."""
    span = Span(now, days)
    counts: Counter[str] = Counter()
    by_file: Counter[tuple[str, str, date]] = Counter()
    places: defaultdict[str, list[PastFile]] = defaultdict(list)
    for file in files:
        places[file.location_id].append(file)
    for location_id, held in sorted(places.items()):
        _Place(folder / location_id, held, seed, span, counts, by_file).write()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(NOTE.format(seed=seed, days=days, now=now, lines=counts["lines"]))
    return HistoryReport(**counts, by_file=dict(by_file))


def ensure_history(world: World, entries: Sequence[Entry], *, seed: int, now: datetime, days: int) -> str:
    """Write the history of the demonstration once, and say in one line what there is."""
    folder = world.folder / "history"
    if world.history_note.exists():
        return "kept from before"
    shutil.rmtree(folder, ignore_errors=True)  # a run that was interrupted told another past
    places = world.places()
    files = [
        PastFile(
            location_id=entry.location_id,
            provider=places[entry.location_id].provider,
            bucket=places[entry.location_id].bucket,
            key=entry.key,
            size_bytes=entry.size_bytes,
            owner=next((team for prefix, team in OWNERS.items() if entry.key.startswith(prefix)), TEAM),
        )
        for entry in entries
    ]
    report = write_history(folder, files, seed=seed, now=now, days=days)
    return f"{report.lines:,} lines in {report.logs:,} logs, {report.reads:,} of them reads"


class _Place:
    """The logs of one location."""

    def __init__(
        self,
        folder: Path,
        files: Sequence[PastFile],
        seed: int,
        span: Span,
        counts: Counter[str],
        by_file: Counter[tuple[str, str, date]],
    ) -> None:
        self._folder = folder
        self._files = files
        self._seed = seed
        self._span = span
        self._counts = counts
        self._by_file = by_file
        self._format = FORMATS[files[0].provider]
        self._rng = random.Random(f"{seed}:{files[0].location_id}")  # noqa: S311  # a repeatable story, not a secret

    def write(self) -> None:
        """Write one log after the other, each in the order of time."""
        logs: defaultdict[str, list[Request]] = defaultdict(list)
        for file in self._files:
            for request in self._requests(file):
                self._count(request, "reads" if _is_read(request) else "not_reads", file)
                self._deliver(request, logs)
        for request in self._nights():
            self._count(request, "own")
            self._deliver(request, logs, is_own=True)
        for name, requests in sorted(logs.items()):
            self._write_log(self._folder / name, sorted(requests, key=lambda request: (request.at, request.request_id)))

    def _requests(self, file: PastFile) -> Iterator[Request]:
        folder, _, name = file.key.rpartition("/")
        rng = random.Random(f"{self._seed}:{file.location_id}:{file.key}")  # noqa: S311  # as above
        for at in behaviour_of(self._seed, folder, name)(rng, self._span):
            if at < self._span.now:
                yield from _visit(rng, file, at)

    def _nights(self) -> Iterator[Request]:
        """Yield what the platform itself does at night: it lists the bucket and checks some files."""
        for morning in self._span.mornings():
            at = datetime.combine(morning.date(), time(2, 10), morning.tzinfo)
            if at < self._span.now:
                first = self._files[0]
                yield replace(_request(self._rng, first, at, "LIST", 200), agent=OURSELVES, sent_bytes=9000)
                for file in self._rng.sample(self._files, int(len(self._files) * CHECKED_PER_NIGHT)):
                    yield replace(_request(self._rng, file, at + timedelta(minutes=5), "GET", 200), agent=OURSELVES)

    def _count(self, request: Request, kind: str, file: PastFile | None = None) -> None:
        self._counts["lines"] += 1
        self._counts[kind] += 1
        if kind == "reads" and file is not None:
            self._by_file[file.location_id, file.key, request.at.date()] += 1

    def _deliver(self, request: Request, logs: dict[str, list[Request]], *, is_own: bool = False) -> None:
        """Put the line into the log where the provider would: now and then late, or twice."""
        tomorrow = request.at + timedelta(days=1)
        may_slip = _is_read(request) and not is_own and tomorrow < self._span.now
        is_late = may_slip and self._rng.random() < LATE
        self._counts["late"] += is_late
        logs[self._log_name(tomorrow if is_late else request.at)].append(request)
        if may_slip and self._rng.random() < DOUBLE:
            self._count(request, "duplicates")
            logs[self._log_name(tomorrow)].append(request)

    def _log_name(self, at: datetime) -> str:
        return self._format.log_name(at, _unique(self._seed, at.date()))

    def _write_log(self, path: Path, requests: Sequence[Request]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._counts["logs"] += 1
        with path.open("w", encoding="utf-8", newline="") as log:
            log.write(self._format.header)
            for request in requests:
                line = self._format.line(request)
                log.write(line)
                if self._rng.random() < TORN:
                    log.write(line[:TORN_CHARACTERS] + "\n")
                    self._counts["lines"] += 1
                    self._counts["broken"] += 1


@cache
def _unique(seed: int, day: date) -> str:
    """Return what a provider adds to a log's name so that no two are the same."""
    return f"{random.Random(f'{seed}:{day}').getrandbits(64):0{UNIQUE_DIGITS}X}"  # noqa: S311  # as above


def _visit(rng: random.Random, file: PastFile, at: datetime) -> Iterator[Request]:
    """Yield what one visit leaves in a log: sometimes a look first, then the data, in ranges where it is large."""
    if rng.random() < LOOKED_AT:
        yield _request(rng, file, at - timedelta(seconds=1), "HEAD", 200)
    if rng.random() < UNCHANGED:
        yield _request(rng, file, at - timedelta(seconds=2), "GET", 304)
    ranges = min(MOST_RANGES, -(-file.size_bytes // RANGE_BYTES))
    if ranges > 1:
        for number in range(ranges):
            part = _request(rng, file, at + timedelta(milliseconds=300 * number), "GET", 206)
            yield replace(part, sent_bytes=file.size_bytes // ranges)
    elif rng.random() < PARTIAL:
        yield replace(_request(rng, file, at, "GET", 206), sent_bytes=file.size_bytes // 4)
    else:
        yield _request(rng, file, at, "GET", 200)


def _request(rng: random.Random, file: PastFile, at: datetime, method: str, status: int) -> Request:
    return Request(
        at=at,
        method=method,
        bucket=file.bucket,
        key=file.key,
        size_bytes=file.size_bytes,
        sent_bytes=file.size_bytes if (method, status) == ("GET", 200) else 0,
        status=status,
        who=file.owner,
        agent=PEOPLE,
        request_id=f"{rng.getrandbits(64):0{UNIQUE_DIGITS}X}",
    )


def _is_read(request: Request) -> bool:
    return request.method == "GET" and request.status in {200, 206} and request.agent != OURSELVES
