"""What one run does, all of it drawn from the seed and the run's number."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial

from benchmarks._faults_wire import WireEvent, WireFault
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.testing.faults import Fault, PortFault
from cloudflow_lib.testing.tripwire import Moment

MIB = 1024 * 1024
CLOUDS = (Provider.S3, Provider.AZURE, Provider.GCS)
MOSTLY = 0.7
JUMPS = tuple(timedelta(minutes=minutes) for minutes in (-1500, -90, -10, 10, 90, 1500))


class Kind(StrEnum):
    """What goes wrong in a run, in the words of the report."""

    PROCESS_KILL = "process kill"
    DEAD_CALLS = "kill between calls"
    LOST_ANSWER = "lost answer"
    STORM = "500/503 storm"
    RESET = "reset"
    STALL = "stall"
    SHORT_READ = "short read"
    FLIPPED_BYTE = "flipped byte"
    STALE_LISTING = "stale listing"
    OVERWRITTEN = "source overwritten"
    DELETED = "source deleted"
    STRANGER = "destination name taken"
    FULL = "destination full"
    TWO_WORKERS = "two workers"
    DUPLICATED_RUN = "duplicated run"
    CLOCK_JUMP = "clock jump"


HOOKS: Mapping[Kind, str] = {
    Kind.OVERWRITTEN: "overwrite",
    Kind.DELETED: "delete",
    Kind.STRANGER: "stranger",
    Kind.CLOCK_JUMP: "jump",
    Kind.STALE_LISTING: "scan",
}
"""What somebody else does, by the name of the wire's hook."""
ANYWHERE: Mapping[Kind, PortFault] = {
    Kind.PROCESS_KILL: PortFault.KILL,
    Kind.DEAD_CALLS: PortFault.KILL,
    Kind.FULL: PortFault.FULL,
}
"""What breaks at the port, on servers too."""
IN_MEMORY = tuple(kind for kind in Kind if kind not in {Kind.PROCESS_KILL, Kind.RESET, Kind.STALL})
REMOTE = tuple(Kind)
WITH_KILL = (Kind.LOST_ANSWER, Kind.STORM, Kind.RESET, Kind.STALL)
"""What may come together with the death of a process: what breaks on the wire, outside of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run."""

    name: str
    """`SEED-NUMBER`."""
    number: int
    source: Provider
    target: Provider
    same_account: bool
    """Whether the store itself may copy."""
    sizes: tuple[int, ...]
    """One file each."""
    part_bytes: int
    streams: int
    quarantine_days: float
    uses_mongo: bool
    kinds: tuple[Kind, ...]
    faults: tuple[tuple[Kind, Fault], ...]
    """At the port."""
    events: tuple[tuple[Kind, WireEvent], ...]
    """On the wire."""
    jump: timedelta

    @property
    def script(self) -> tuple[Fault, ...]:
        """What breaks at the port."""
        return tuple(fault for _, fault in self.faults)

    @property
    def wire(self) -> tuple[WireEvent, ...]:
        """What breaks on the wire."""
        return tuple(event for _, event in self.events)

    def faults_of(self, kind: Kind) -> list[Fault]:
        """Return the faults at the port that *kind* means here."""
        return [fault for one, fault in self.faults if one is kind]

    def events_of(self, kind: Kind) -> list[WireEvent]:
        """Return the faults on the wire that *kind* means here."""
        return [event for one, event in self.events if one is kind]

    @property
    def is_remote(self) -> bool:
        """Whether it runs against servers."""
        return self.source is not Provider.MEMORY

    @property
    def route(self) -> str:
        """Where from and where to, in words."""
        return f"{self.source}->{self.target}{' on the server' if self.same_account else ''}"

    def told(self) -> str:
        """Return the case in one line."""
        sizes = ", ".join(f"{size:,}" for size in self.sizes)
        catalogue = "mongo" if self.uses_mongo else "memory catalogue"
        return f"{self.route}, {sizes} bytes, {catalogue}, {', '.join(self.kinds)}"


def plan_case(seed: int, number: int, memory_share: float) -> Case:
    """Return run *number* of *seed*."""
    name = f"{seed}-{number}"
    chance = random.Random(f"case/{name}")  # noqa: S311 - repeatable, not secret
    is_remote = chance.random() >= memory_share
    source, target = (chance.choice(CLOUDS), chance.choice(CLOUDS)) if is_remote else (Provider.MEMORY,) * 2
    kinds = _kinds(chance, is_remote=is_remote)
    part_bytes = 5 * MIB if target is Provider.S3 else 64 * 1024
    sizes = tuple(_size(chance, part_bytes) for _ in range(_files(chance, part_bytes)))
    if Kind.PROCESS_KILL in kinds and chance.random() < MOSTLY:
        sizes = (part_bytes * (2 if part_bytes > MIB else chance.randint(3, 9)) + 1,)  # parts to be sent again
    is_unproven = source is Provider.AZURE and max(sizes) > part_bytes
    calls = sum(40 + 4 * (size // part_bytes) for size in sizes)
    wire = partial(_wire, chance=chance, calls=calls, is_unproven=is_unproven)
    return Case(
        name=name,
        number=number,
        source=source,
        target=target,
        same_account=source is target and chance.random() < 1 / 3,
        sizes=sizes,
        part_bytes=part_bytes,
        streams=chance.randint(1, 4),
        quarantine_days=chance.choice((0, 0, 1, 7)),
        uses_mongo=Kind.PROCESS_KILL in kinds or (is_remote and chance.random() < 1 / 4),
        kinds=kinds,
        faults=tuple((kind, fault) for kind in kinds for fault in _script(kind, chance, calls, is_remote=is_remote)),
        events=tuple((kind, event) for kind in kinds for event in wire(kind)) if is_remote else (),
        jump=chance.choice(JUMPS),
    )


def _kinds(chance: random.Random, *, is_remote: bool) -> tuple[Kind, ...]:
    first = chance.choice((*REMOTE, Kind.PROCESS_KILL) if is_remote else IN_MEMORY)
    others = WITH_KILL if first is Kind.PROCESS_KILL else REMOTE[1:] if is_remote else IN_MEMORY
    more = chance.sample(others, chance.choice((0, 0, 1, 1, 2)))
    return tuple(dict.fromkeys((first, *more)))


def _files(chance: random.Random, part_bytes: int) -> int:
    return chance.choice((1, 1, 2) if part_bytes > MIB else (1, 1, 2, 3))


def _size(chance: random.Random, part_bytes: int) -> int:
    """Return a size from each side of every edge; large ones are rare, so that runs stay short."""
    small = (0, 1, chance.randrange(2, 4096), chance.randrange(4096, 300_000))
    edges = (part_bytes - 1, part_bytes, part_bytes + 1, 2 * part_bytes, 2 * part_bytes + chance.randrange(part_bytes))
    is_cheap = part_bytes < MIB
    if chance.random() < (1 / 2 if is_cheap else 1 / 4):
        return chance.choice((*edges, part_bytes * chance.randrange(3, 9)) if is_cheap else edges)
    return chance.choice(small)


def _script(kind: Kind, chance: random.Random, calls: int, *, is_remote: bool) -> list[Fault]:
    at = chance.randint(1, calls)
    moment: Moment = "before" if chance.random() < 1 / 2 else "after"
    many = chance.randint(2, 30)
    if kind in HOOKS:
        return [Fault(what=PortFault.HOOK, at_call=at, hook=HOOKS[kind])]
    if kind in ANYWHERE:
        return [Fault(what=ANYWHERE[kind], at_call=at, moment=moment, calls=many if kind is Kind.FULL else 1)]
    if is_remote and (kind is not Kind.LOST_ANSWER or chance.random() < 1 / 2):
        return []  # it comes on the wire
    what = {
        Kind.LOST_ANSWER: PortFault.BREAK,
        Kind.STORM: PortFault.STORM,
        Kind.SHORT_READ: PortFault.SHORT_READ,
        Kind.FLIPPED_BYTE: chance.choice((PortFault.FLIPPED_READ, PortFault.FLIPPED_WRITE)),
    }.get(kind)
    return [Fault(what=what, at_call=at, moment=moment, calls=many if kind is Kind.STORM else 1)] if what else []


def _wire(kind: Kind, *, chance: random.Random, calls: int, is_unproven: bool) -> list[WireEvent]:
    """
    Return what the wire does.

    Azure tells no checksum of a blob, and a large one is not read twice: its way to us is guarded by
    TLS alone, which these servers do not speak, so no bit of *is_unproven* sources is changed there.
    """
    choices: Mapping[Kind, tuple[WireFault, ...]] = {
        Kind.LOST_ANSWER: (WireFault.LOST_ANSWER,),
        Kind.STORM: (WireFault.BUSY, WireFault.BUSY_UNTIL, WireFault.BROKEN),
        Kind.RESET: (WireFault.RESET,),
        Kind.STALL: (WireFault.STALL,),
        Kind.SHORT_READ: (WireFault.CUT, WireFault.SHORT),
        Kind.FLIPPED_BYTE: (WireFault.FLIPPED_ANSWER, WireFault.FLIPPED_REQUEST),
    }
    if kind not in choices:
        return []
    what = chance.choice(choices[kind])
    if what is WireFault.FLIPPED_ANSWER and is_unproven:
        what = WireFault.FLIPPED_REQUEST
    is_burst = what in {WireFault.BUSY, WireFault.BUSY_UNTIL, WireFault.BROKEN, WireFault.RESET, WireFault.LOST_ANSWER}
    return [
        WireEvent(
            what=what,
            at_request=chance.randint(1, max(6, calls // 3)),
            requests=chance.choice((1, 2, 5, 20)) if is_burst else 1,
            seconds=chance.uniform(0.1, 0.6) if what is WireFault.STALL else 0.05,
        ),
    ]
