"""The same calls to both catalogues, drawn from a seed: whatever comes after what, they answer and hold the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.catalogs.pending import UNDECIDED
from cloudflow_lib.domain.facts import migration_advanced
from cloudflow_lib.domain.files import FileState, file_id_at
from cloudflow_lib.domain.migrations import REACHABLE, TAKEN_BACK, MigrationState
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.ports.campaign_book import FileMove
from cloudflow_lib.ports.catalogs import FileChange
from cloudflow_lib.ports.migration_book import QuarantinedSource
from tests.catalog.examples import NOW, a_file, a_migration, changed, discovered, drain

CALLS = 120
LOOK_EVERY = 8
KEYS = ("a", "b", "c")
VERSIONS = ("1", "2", "3")


class Pair:
    """Two catalogues that are told the same; *memory* is who is looked at for what to say next."""

    def __init__(self, seed, memory, mongo):
        self.random = Random(seed)
        self.both = (memory, mongo)
        self.memory = memory
        self.places = (f"s3-{seed}", f"azure-{seed}")
        self.ids = [file_id_at(place, key) for place in self.places for key in KEYS]
        self.moves = []
        self.groups = []
        self.now = NOW
        for catalog in self.both:
            catalog._now = lambda: self.now

    def tell(self, name, *args, **named):
        self.now += timedelta(seconds=1)
        answers = [_answer(getattr(catalog, name), args, named) for catalog in self.both]
        assert answers[0] == answers[1], (name, args, named)

    def step(self):
        steps = [self.insert, self.update, self.open, self.advance, self.switch, self.withdraw, self.release]
        steps += [self.advance, self.switch, self.hold, self.let_go, self.quarantine, self.forget, self.move]
        self.random.choice(steps)()

    def file(self):
        """A file as it is, or as it may have been."""
        found = self.memory.files_by_id([self.random.choice(self.ids)])
        file = found[0] if found else a_file(self.random.choice(KEYS), self.random.choice(self.places), version="1")
        return replace(file, version=self.random.choice(VERSIONS)) if self.random.random() < 0.2 else file

    def insert(self):
        files = [
            a_file(
                key,
                self.random.choice(self.places),
                version=self.random.choice(VERSIONS),
                first_seen_at=self.now - timedelta(seconds=self.random.choice([0, 30])),
                placed_at=self.random.choice([None, self.now]),
            )
            for key in self.random.sample(KEYS, 2)
        ]
        self.tell("insert_files", [(file, discovered(file)) for file in files])

    def update(self):
        file = self.file()
        wish = self.random.choice(
            [{"version": self.random.choice(VERSIONS)}, {"state": FileState.VANISHED}, {"tier": Tier.COLD}]
        )
        place = self.random.choice([None, (file.location_id, file.key)])
        change = FileChange(
            file_id=file.file_id,
            expected_version=file.version,
            expected_tier=file.tier,
            changed={"state": FileState.PRESENT, **wish},
            event=changed(file),
            expected_place=place,
        )
        self.tell("update_files", [change])

    def open(self):
        file = self.file()
        move = a_migration(
            file,
            len(self.moves),
            batch=f"batch-{self.places[0]}-{len(self.moves)}",
            location=self.random.choice(self.places),
        )
        key = self.random.choice([file.key, self.random.choice(KEYS)])
        move = replace(move, destination=replace(move.destination, key=key))
        self.moves.append(move.migration_id)
        self.tell("open_batch", move.batch_id, [move])

    def known(self):
        found = self.memory.migration(self.random.choice(self.moves))
        if found.destination.version is None and self.random.random() < 0.8:
            found = replace(found, destination=replace(found.destination, version=self.random.choice(VERSIONS)))
        return replace(found, fence=max(0, found.fence - 1)) if self.random.random() < 0.15 else found

    def advance(self):
        if not self.moves:
            return
        before = self.known()
        if not REACHABLE[before.state]:
            return
        state = self.random.choice(sorted(REACHABLE[before.state]))
        after = replace(before, state=state, timestamps={**before.timestamps, state: self.now})
        if state is MigrationState.QUEUED:
            before = self.memory.migration(before.migration_id)
            after = replace(
                after,
                timestamps={state: self.now},
                destination=replace(after.destination, version=None),
                fence=before.fence,
            )
        event = migration_advanced(after)
        for _ in range(self.random.choice([1, 1, 2])):
            self.tell("advance", before, after, event)

    def switch(self):
        if self.moves:
            self.tell("switch_file", self.known())

    def withdraw(self):
        ended = [move for move in self.those_that(*TAKEN_BACK) if not move.stays_in_place]
        if ended and self.memory.files_by_id([ended[0].file_id]):
            self.tell("withdraw_file", ended[0])

    def release(self):
        for move in self.those_that(*TAKEN_BACK, MigrationState.SWITCHED, MigrationState.DONE)[:1]:
            self.tell("release_file", move)

    def those_that(self, *states):
        found = [self.memory.migration(migration_id) for migration_id in self.moves]
        return self.random.sample(some := [move for move in found if move.state in states], len(some))

    def hold(self):
        self.tell("hold_file", self.random.choice([*self.ids, "unknown"]), "a sweep")

    def let_go(self):
        self.tell("let_file_go", self.random.choice(self.ids), "a sweep")

    def quarantine(self):
        self.groups.append([])
        until = self.now + timedelta(seconds=self.random.choice([0, 100]))
        sources = [
            QuarantinedSource(
                migration_id=f"bundle-{self.places[0]}/{number}",
                file_id=self.random.choice(self.ids),
                location_id=self.places[len(self.groups) % 2],
                key=key,
                version=self.random.choice(VERSIONS),
                until=until,
                group=f"bundle-{self.places[0]}/group {len(self.groups)}",
            )
            for number, key in enumerate(self.random.sample(KEYS, 2))
        ]
        if self.moves and self.random.random() < 0.3:
            self.tell("quarantine", replace(sources[0], migration_id=self.random.choice(self.moves), group=None))
        else:
            self.groups[-1] = sources
            self.tell("quarantine_together", sources)

    def forget(self):
        grouped = [source for group in self.groups for source in group]
        self.tell("forget_quarantines", self.random.sample(grouped, len(grouped) // 2))
        if self.moves:
            self.tell("forget_quarantine", self.random.choice(self.moves))

    def move(self):
        found = [self.file() for _ in range(self.random.choice([1, 3]))]
        files = {file.file_id: file for file in found if file.location_id == found[0].location_id}
        keys = self.random.sample(KEYS, len(files))
        moves = []
        for file, key in zip(files.values(), keys, strict=True):
            [elsewhere] = set(self.places) - {file.location_id}
            move = a_migration(file, location=elsewhere)
            there = replace(move.destination, key=key, version=self.random.choice(VERSIONS))
            moves.append(FileMove(file_id=file.file_id, source=move.source, destination=there))
        self.tell("move_files", moves)

    def holdings(self, catalog):
        """Everything that was told, as *catalog* holds it."""
        return {
            "files": [self.named(file) for place in self.places for file in catalog.files_between(place, None, None)],
            "by id": [replace(file, file_id="") for file in catalog.files_by_id(self.ids)],
            "moves": [catalog.migration(migration_id) for migration_id in self.moves],
            "stale": {one.migration_id for one in catalog.stale_migrations(self.now + timedelta(days=1))}
            & set(self.moves),
            "quarantine": self.entries(catalog),
        }

    def entries(self, catalog):
        """What is undecided may also be there before a switch, until the file is let go."""
        holders = {file.migration_id for file in catalog.files_by_id(self.ids)}
        found = catalog.expired_quarantine(UNDECIDED, 10_000)
        some = [one for one in found if one.until != UNDECIDED or one.migration_id not in holders]
        return sorted(some, key=lambda one: one.turn)

    def named(self, file):
        """An id that no address gives is drawn anew by each catalogue."""
        return file if file.file_id in self.ids else replace(file, file_id="drawn")

    def told(self, catalog):
        return Counter(
            (event.type, event.subject if event.subject in self.ids else "drawn") for event in drain(catalog)
        )


def _answer(call, args, named):
    try:
        answer = call(*args, **named)
    except CloudFlowError as error:
        return type(error)
    return answer if not isinstance(answer, list) else sorted(answer, key=str)


@pytest.mark.servers
@pytest.mark.parametrize("seed", range(8))
def test_both_catalogues_answer_and_hold_the_same(mongo_catalog, seed):
    pair = Pair(seed, MemoryCatalog(), mongo_catalog)

    for number in range(CALLS):
        pair.step()
        if number % LOOK_EVERY:
            continue
        assert pair.holdings(pair.both[0]) == pair.holdings(pair.both[1])

    assert pair.told(pair.both[0]) == pair.told(pair.both[1])
