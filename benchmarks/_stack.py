"""The stack that `cloudflow up` started, as a benchmark uses it: places of its own, and the witnesses' addresses."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil  # type: ignore[import-untyped] # it ships no types

from benchmarks._report import say
from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.demo.clouds import open_door
from cloudflow_cli.demo.world import REGION, Place, World
from cloudflow_cli.stack.layout import current_layout
from cloudflow_cli.stack.supervisor import Supervisor
from cloudflow_lib.bootstrap import build_keyring, services, settings
from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.errors import CloudFlowError

SETTLED_SECONDS = 10.0
SETTLE_WITHIN_SECONDS = 300.0
LOOK_SECONDS = 1.0


def running_world() -> World:
    """Return the world of the stack that runs, or raise CloudFlowError."""
    layout = current_layout()
    if not Supervisor(layout).is_alive():
        raise CloudFlowError("the stack is down: `cloudflow up` starts it")
    return World.of(layout)


def settle_stack() -> None:
    """
    Wait until no DAG has had a run under way for ten seconds: a stack that just came up works off what was due.

    Raises:
        CloudFlowError: Runs did not end within five minutes.
    """
    say("waiting until no DAG runs")
    until, quiet_since = time.monotonic() + SETTLE_WITHIN_SECONDS, time.monotonic()
    with AirflowClient(settings().airflow) as airflow:
        while time.monotonic() - quiet_since < SETTLED_SECONDS:
            if airflow.count_under_way():
                quiet_since = time.monotonic()
            if time.monotonic() > until:
                raise CloudFlowError(f"DAGs still run after {SETTLE_WITHIN_SECONDS:.0f} s: look at what they do")
            time.sleep(LOOK_SECONDS)


@contextmanager
def without_schedules(*dag_ids: str) -> Iterator[None]:
    """Let these DAGs start no runs by themselves meanwhile."""
    _pause(dag_ids, is_paused=True)
    try:
        yield
    finally:
        _pause(dag_ids, is_paused=False)


def _pause(dag_ids: Sequence[str], *, is_paused: bool) -> None:
    with AirflowClient(settings().airflow) as airflow:
        for dag_id in dag_ids:
            airflow.pause(dag_id, is_paused=is_paused)


def awake_dags() -> list[str]:
    """Return the DAGs that may start runs by themselves."""
    with AirflowClient(settings().airflow) as airflow:
        return airflow.awake()


def add_place(place: Place) -> None:
    """Make the bucket, and tell the catalogue of it."""
    open_door(place).make_bucket()
    catalog, keyring = services().catalog, build_keyring(settings())
    catalog.save_credential(
        Credential(
            credential_id=place.location_id,
            provider=place.provider,
            owner="admin",
            endpoint_url=place.endpoint_url,
            region=REGION,
            account=place.account,
            sealed=keyring.seal(place.secret, bound_to=place.location_id),
        ),
    )
    catalog.save_location(
        Location(
            location_id=place.location_id,
            provider=place.provider,
            bucket=place.bucket,
            credential_id=place.location_id,
            owner="admin",
            single_class=place.single_class,
        ),
    )


def kill_airflow(world: World) -> None:
    """Send SIGKILL to every process of Airflow at once; the supervisor starts them again."""
    names = {"airflow-scheduler", "airflow-api-server", "airflow-dag-processor", "airflow-triggerer"}
    leaders = [one.pid for one in Supervisor(world.layout).processes() if one.name in names]
    family = [psutil.Process(pid) for pid in leaders]
    family += [child for leader in family for child in leader.children(recursive=True)]
    for process in family:
        process.kill()
    say(f"killed {len(family)} processes of Airflow")
