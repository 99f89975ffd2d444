"""What the API is measured against: accounts, a place with many files of theirs, and advice about some."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx

from benchmarks._report import say
from benchmarks._stack import add_place
from cloudflow_cli.demo.world import World
from cloudflow_lib.bootstrap import services
from cloudflow_lib.domain.facts import recommendation_made
from cloudflow_lib.domain.files import CatalogFile, file_id_at
from cloudflow_lib.domain.listing import FileQuery
from cloudflow_lib.domain.recommendations import CostPart, Judgement, Reason, Recommendation, Spot
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import CloudFlowError

SOURCE, TARGET = "api-source", "api-target"
PASSWORD = uuid4().hex
"""Of the accounts that this run makes."""
GROUP = 1000
ADVICE_EACH = 20
KNOWN_DAYS = 30
DRAIN_SECONDS = 180.0
TOKENS_AT_ONCE = 4
LOOK_SECONDS = 0.25
ROOT = "/cloudflow/api/v1"


def make_ground(world: World, url: str, users: int, files: int) -> dict[str, str]:
    """Make everything, and return each account's token; every run has accounts and files of its own."""
    run = uuid4().hex[:6]
    names = [f"bench-{run}-{number:03}" for number in range(users)]
    tokens = _accounts(url, names, world)
    _places(world, names)
    known = services().catalog.count_files(FileQuery(location_id=SOURCE)).files
    say(f"cataloguing {files:,} files")
    for group in _in_groups(names, files):
        # Without the events of a scan: nobody asked for them, and telling them takes minutes.
        services().catalog.insert_files([(file, None) for file in group])
    services().catalog.make_recommendations(
        [(one, recommendation_made(one)) for name in names for one in _advice(name, files // users)]
    )
    _drain()
    _until_shown(url, world, known + files)
    return tokens


def _until_shown(url: str, world: World, files: int) -> None:
    """Wait until the API shows what was written behind its back: it reads a thousand files at a look."""
    say("waiting until the API has read them")
    until = time.monotonic() + DRAIN_SECONDS
    with httpx.Client(base_url=url, timeout=60) as client:
        _sign_in(client, world)
        while time.monotonic() < until:
            shown = client.get(f"{ROOT}/files/count", params={"location_id": SOURCE}).raise_for_status().json()["files"]
            if shown >= files:
                return
            time.sleep(LOOK_SECONDS)
    raise CloudFlowError(f"the API shows {shown:,} of {files:,} files after {DRAIN_SECONDS:.0f} s")


def _token(client: httpx.Client, name: str, password: str) -> str:
    answer = client.post("/auth/token", json={"username": name, "password": password})
    return str(answer.raise_for_status().json()["access_token"])


def _sign_in(client: httpx.Client, world: World) -> None:
    """Let *client* ask as the administrator."""
    client.headers["Authorization"] = f"Bearer {_token(client, 'admin', world.secrets.airflow_users['admin'])}"


def _accounts(url: str, names: list[str], world: World) -> dict[str, str]:
    say(f"making {len(names)} accounts")
    with httpx.Client(base_url=url, timeout=60) as client:
        _sign_in(client, world)
        for name in names:
            account = {
                "username": name,
                "password": PASSWORD,
                "email": f"{name}@localhost",
                "first_name": name,
                "last_name": "Benchmark",
                "roles": [{"name": "CloudFlowUser"}],
            }
            client.post("/auth/fab/v1/users", json=account).raise_for_status()
        with ThreadPoolExecutor(TOKENS_AT_ONCE) as pool:
            return dict(zip(names, pool.map(lambda name: _token(client, name, PASSWORD), names), strict=True))


def _places(world: World, names: list[str]) -> None:
    owners = {f"{name}/": name for name in names}
    for location_id, usual in ((SOURCE, "s3-main"), (TARGET, "azure-main")):
        add_place(replace(world.places()[usual], location_id=location_id, bucket=f"cloudflow-{location_id}"))
        catalog = services().catalog
        known = catalog.location(location_id)
        catalog.save_location(replace(known, owners={**known.owners, **owners}))


def key_of(name: str, number: int) -> str:
    """Return the key of a user's file."""
    return f"{name}/2026/{number % 12 + 1:02}/report-{number:06}.csv"


def _in_groups(names: list[str], files: int) -> Iterator[list[CatalogFile]]:
    """Yield files that were judged long ago: new ones would all be judged anew within the hour that measures."""
    now, group = services().clock(), list[CatalogFile]()
    known_since = now - timedelta(days=KNOWN_DAYS)
    for number in range(files):
        name = names[number % len(names)]
        key = key_of(name, number // len(names))
        group.append(
            CatalogFile(
                file_id=file_id_at(SOURCE, key),
                owner=name,
                location_id=SOURCE,
                key=key,
                size_bytes=1000 + number * 7919 % 10_000_000,
                version=f"v{number}",
                storage_class="STANDARD",
                modified_at=now - timedelta(minutes=number),
                content_type="text/csv",
                tier=list(Tier)[number % 3],
                tier_since=known_since,
                first_seen_at=known_since,
            )
        )
        if len(group) == GROUP:
            yield group
            group = []
    if group:
        yield group


def _advice(name: str, files: int) -> Iterator[Recommendation]:
    now = services().clock()
    for number in range(min(ADVICE_EACH, files)):
        key = key_of(name, number)
        yield Recommendation(
            recommendation_id=uuid4().hex,
            file_id=file_id_at(SOURCE, key),
            owner=name,
            key=key,
            size_bytes=1 << 30,
            version="v",
            source=Spot(location_id=SOURCE, storage_class="STANDARD", tier=Tier.HOT),
            destination=Spot(location_id=TARGET, storage_class="Cool", tier=Tier.COLD),
            saves_per_month=0.02,
            saves_low=0.015,
            saves_high=0.021,
            once={CostPart.REQUESTS: 0.00002},
            pays_back_days=0.03,
            read_tomorrow=0.03,
            worst_per_month=-0.011,
            confidence=0.97,
            reasons=(Reason("not_read", "not read for 94 days"),),
            judgement=Judgement(model="benchmark", price_book="aws", price_book_hash="0"),
            created_at=now,
            expires_at=now + timedelta(days=30),
            state_since=now,
        )


def _drain() -> None:
    """Let nothing of the preparation be relayed while the API is measured: nobody asked for these events."""
    say("clearing the outbox")
    until = time.monotonic() + DRAIN_SECONDS
    catalog = services().catalog
    while time.monotonic() < until and catalog.drain_outbox(lambda _events: None):
        pass
