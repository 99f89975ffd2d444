"""One run from its seed to its verdict: break, recover, sweep, judge."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Thread

from benchmarks._faults_buckets import Endpoint
from benchmarks._faults_case import MIB, Case, Kind
from benchmarks._faults_dag import run_batch
from benchmarks._faults_ledger import Ledger, drain
from benchmarks._faults_victim import Job, run_and_kill
from benchmarks._faults_wire import WireScript
from benchmarks._faults_world import World, world_of
from benchmarks._oracle import Evidence, Finding, Verdict, judge
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.uploads import BEGIN_WITHIN
from cloudflow_lib.testing.faults import FaultyWire, Killed
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers

PATIENCE_SECONDS = 90.0
WRONG_CLOCK = "known limit: unheard upload, begun under a clock wrong by hours"
LIMITS = (WRONG_CLOCK,)
AGES = ({"hours": 26}, {"days": 8}, {"hours": 26})
"""How the clock goes on between sweeps: past a stale migration, past every quarantine, past closed uploads."""


@dataclass(slots=True)
class Outcome:
    """What came of one run."""

    case: Case
    findings: list[Finding] = field(default_factory=list)
    came: tuple[Kind, ...] = ()
    """The kinds of faults that really came; one may wait for a call that never happens."""
    was_killed: bool = False
    sent_bytes: int = 0
    """Bytes of objects sent to servers; 0 in memory."""
    again_bytes: int = 0
    """Of these, sent more than once in a run with a process kill and nothing else."""
    weighed: bool = False
    """Whether it was such a run."""
    known: list[str] = field(default_factory=list)
    """Findings that are known limits, by their name in the report."""
    states: tuple[str, ...] = ()
    """How its migrations ended."""
    seconds: float = 0.0
    trace: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Note what happened, for a replay."""
        self.trace.append(line)

    def note_crash(self, error: Exception) -> None:
        """Note an error that nobody meant to raise."""
        self.findings.append(Finding(Verdict.CRASHED, f"{type(error).__name__}: {error}"))
        self.trace += traceback.format_exception(error)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where runs happen: the servers directly, as the platform reaches them, and the wires in between."""

    endpoints: Mapping[Provider, Endpoint]
    seen: Mapping[Provider, Endpoint]
    """The same servers behind proxies."""
    scripts: dict[str, WireScript]
    """By bucket, what goes wrong on the wire."""
    mongo_url: str
    mongo_database: str


def play(case: Case, ground: Ground, ledger: Ledger) -> Outcome:
    """Play *case* and judge it; what breaks the harness itself counts as a crash."""
    outcome, began = Outcome(case), time.monotonic()
    try:
        with world_of(case, ground.endpoints, ground.seen, ledger.catalog) as world:
            _play(world, ground, ledger, outcome)
    except Exception as error:  # noqa: BLE001 - a bug of whatever kind is what we look for
        outcome.note_crash(error)
    outcome.seconds = time.monotonic() - began
    return outcome


def _play(world: World, ground: Ground, ledger: Ledger, outcome: Outcome) -> None:
    case = world.case
    world.scan(world.services())
    world.remember_listings()
    wired = WireScript(waiting=list(case.wire), chance=random.Random(case.name))  # noqa: S311 - repeatable, not secret
    ground.scripts.update(dict.fromkeys(world.names.values(), wired))
    wire = FaultyWire(case.script, seed=case.name, hooks=world.hooks())
    batches = _batches(case)
    request = {
        "file_ids": world.file_ids(),
        "destination_location": "there",
        "quarantine_days": case.quarantine_days,
    }
    if Kind.PROCESS_KILL in case.kinds:
        job = Job(case, ground.endpoints, ground.seen, ground.mongo_url, ground.mongo_database, request)
        outcome.was_killed = run_and_kill(job, outcome.say)
    else:
        _act(batches, request, world.services(wire), outcome)
    outcome.came = _came(wire, wired, case, was_killed=outcome.was_killed)
    outcome.trace += [f"port: {line}" for line in wire.calls if ":" in line]
    outcome.trace += [f"wire: {line}" for line in wired.calls]
    wired.end()
    _recover(world, batches if _needs_again(outcome, case) else [], request, outcome)
    _judge(world, ledger, outcome)
    for name in world.names.values():
        del ground.scripts[name]
    _weigh(wired, outcome)


def _batches(case: Case) -> list[str]:
    """Return the runs that go on at the same time; a second worker is the same run once more."""
    batches = ["run-1"]
    if Kind.TWO_WORKERS in case.kinds:
        batches.append("run-1")
    if Kind.DUPLICATED_RUN in case.kinds:
        batches.append("run-2")
    return batches


def _act(batches: list[str], request: dict[str, object], services: Services, outcome: Outcome) -> None:
    """Take all runs at once, each in its thread, until they end or die."""

    def work(batch: str) -> None:
        try:
            run_batch(batch, request, services, outcome.say)
        except Killed:
            outcome.was_killed = True
        except Exception as error:  # noqa: BLE001 - as in `play`
            outcome.note_crash(error)

    threads = [Thread(target=work, args=(batch,), daemon=True) for batch in batches]
    for thread in threads:
        thread.start()
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    for thread in threads:
        thread.join(max(0.0, give_up_at - time.monotonic()))
        if thread.is_alive():
            outcome.findings.append(Finding(Verdict.STUCK, f"no end within {PATIENCE_SECONDS:.0f} s"))


def _came(wire: FaultyWire, wired: WireScript, case: Case, *, was_killed: bool) -> tuple[Kind, ...]:
    """Return the kinds whose faults came: of those that are no event but a setting, all did."""
    at_port = {(fault.what, fault.hook) for fault in wire.played}
    on_wire = {event.what for event in wired.played}
    settings = {Kind.TWO_WORKERS, Kind.DUPLICATED_RUN}
    return tuple(
        kind
        for kind in case.kinds
        if kind in settings
        or (kind is Kind.PROCESS_KILL and was_killed)
        or at_port & {(fault.what, fault.hook) for fault in case.faults_of(kind)}
        or on_wire & {event.what for event in case.events_of(kind)}
    )


def _needs_again(outcome: Outcome, case: Case) -> bool:
    """Whether Airflow would try the tasks again: their worker died. Otherwise their run is over."""
    return outcome.was_killed or Kind.PROCESS_KILL in case.kinds


def _recover(world: World, batches: list[str], request: dict[str, object], outcome: Outcome) -> None:
    """Let the tasks of dead workers run again, and then the sweeps, as time passes."""
    services = world.services()
    if batches:
        outcome.say("recovering")
        _act(list(dict.fromkeys(batches)), request, services, outcome)
    for age in AGES:
        world.pass_time(**age)
        report = sweep_leftovers(services)
        outcome.say(f"swept: {report}")
    world.scan(services)


def _judge(world: World, ledger: Ledger, outcome: Outcome) -> None:
    evidence = Evidence(
        stories=world.stories,
        here=world.buckets["here"].objects(),
        there=world.buckets["there"].objects(),
        unfinished=sum(bucket.unfinished() for bucket in world.buckets.values()),
        moves=ledger.moves(),
        files=ledger.files(),
        quarantined=ledger.quarantined(),
        told=drain(ledger.catalog),
    )
    outcome.states = tuple(move.state for move in evidence.moves)
    for move in evidence.moves:
        outcome.say(f"{move.key}: {' '.join(move.states)} {move.error}")
    for finding in judge(evidence):
        if limit := _limit(finding, outcome):
            outcome.known.append(limit)
        else:
            outcome.findings.append(finding)


def _limit(finding: Finding, outcome: Outcome) -> str | None:
    """Return the known limit that *finding* is, if it is one; it takes two rare things at once."""
    case = outcome.case
    is_wrong = Kind.CLOCK_JUMP in case.kinds and abs(case.jump) > BEGIN_WITHIN
    if finding.verdict is Verdict.ABANDONED_UPLOAD and is_wrong:
        return WRONG_CLOCK  # an upload nobody heard of is recognised by the time when it was to begin
    return None


def _weigh(wired: WireScript, outcome: Outcome) -> None:
    """Hold a kill to its promise: at most one part per stream is sent again."""
    case = outcome.case
    outcome.sent_bytes = wired.sent_bytes
    if case.kinds != (Kind.PROCESS_KILL,) or case.same_account or not outcome.was_killed:
        return
    outcome.weighed = True
    outcome.again_bytes = max(0, wired.sent_bytes - sum(case.sizes))
    allowed = case.streams * case.part_bytes + MIB
    if outcome.again_bytes > allowed:
        words = f"{outcome.again_bytes:,} bytes were sent again, {case.streams} parts are {allowed:,}"
        outcome.findings.append(Finding(Verdict.SENT_AGAIN, words))
