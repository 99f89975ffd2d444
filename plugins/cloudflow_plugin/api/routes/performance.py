"""Performance: how long things took, how many bytes moved, and how much of it went well."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field, StringConstraints

from cloudflow_lib.domain import performance_report as told
from cloudflow_lib.domain.performance import MIGRATE
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.ports.metric_book import METRICS_KEPT
from cloudflow_lib.workflows.tell_performance import tell_by_user, tell_performance
from cloudflow_plugin.api.callers import AdminDep, CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer, Request, Text

router = APIRouter(prefix="/performance", tags=["performance"])

Window = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}[mhd]$")]
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class WindowQuery(Request):
    """Which time to sum up."""

    window: Window = Field("24h", description="How far back from now: minutes, hours or days, up to 35d.")

    @property
    def length(self) -> timedelta:
        """How long the window is."""
        length = timedelta(**{UNITS[self.window[-1]]: int(self.window[:-1])})
        if length > METRICS_KEPT:
            raise WrongInputError(f"window: {self.window} is more than is kept; ask for up to {METRICS_KEPT.days}d")
        return length


class PerformanceQuery(WindowQuery):
    """Which time to sum up, and which operation to draw."""

    operation: Text = Field(MIGRATE, description="Whose percentiles the points show.", examples=["copy", "api"])


class Figures(Answer):
    """How many there were and how long they took; null where no duration is known."""

    count: int
    failed: int
    size_bytes: int
    p50_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    slowest_ms: float | None


class OperationFigures(Figures):
    """One operation: `migrate` is a whole move, `wait`, `copy`, `verify`, `switch` and `finish` are its steps."""

    operation: str = Field(examples=["migrate", "copy", "api GET /api/v1/files", "mongo find"])


class GroupFigures(Figures):
    """The moves of one route, size class or user."""

    name: str = Field(examples=["s3-main > azure-main", "1 to 16 MiB"])


class MoveFigures(Answer):
    """How moves ended."""

    done: int
    failed: int
    bytes: int
    bytes_per_second: float | None = Field(
        description="Of the copies while they ran; of campaigns, whose copies are not timed one by one, averaged over "
        "the five minutes they fell into."
    )
    success_rate: float | None = Field(description="From 0 to 1; null when nothing ended.")


class Point(Answer):
    """One step of the window."""

    at: AwareDatetime = Field(description="When the step began.")
    count: int = Field(description="Of the operation that was asked for.")
    p50_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    bytes_per_second: float | None
    done: int
    failed: int


class Performance(Answer):
    """A window of time; administrators see everybody's moves and the platform's own work."""

    since: AwareDatetime
    until: AwareDatetime
    step_seconds: int
    migrations: MoveFigures
    operations: list[OperationFigures]
    series: list[Point]
    by_route: list[GroupFigures]
    by_size: list[GroupFigures]
    gauges: dict[str, float] = Field(
        description="Where the platform's processes stand, such as `consume-1 kafka_lag metrics`."
    )


class Users(Answer):
    """The moves of each user, the busiest first."""

    users: list[GroupFigures]


@router.get("")
def performance(query: Annotated[PerformanceQuery, Query()], caller: CallerDep, services: ServicesDep) -> Performance:
    """See percentiles, throughput and success; every percentile is within half a percent of the exact one."""
    found = tell_performance(
        services.catalog, services.clock(), query.length, owner=caller.sees_owner, operation=query.operation
    )
    return Performance(
        since=found.since,
        until=found.until,
        step_seconds=int(found.step.total_seconds()),
        migrations=_moves(found.moves),
        operations=[OperationFigures(operation=one.name, **_figures(one)) for one in found.operations],
        series=[_point(point) for point in found.points],
        by_route=[GroupFigures(name=one.name, **_figures(one)) for one in found.by_route],
        by_size=[GroupFigures(name=one.name, **_figures(one)) for one in found.by_size],
        gauges={name: gauge.value for name, gauge in sorted(found.gauges.items())},
    )


@router.get("/users")
def performance_by_user(query: Annotated[WindowQuery, Query()], _admin: AdminDep, services: ServicesDep) -> Users:
    """See the moves of each user."""
    found = tell_by_user(services.catalog, services.clock(), query.length)
    return Users(users=[GroupFigures(name=one.name, **_figures(one)) for one in found])


def _figures(one: told.Figures) -> dict[str, float | None]:
    p50, p90, p95, p99 = map(_ms, one.percentiles)
    counts = {"count": one.count, "failed": one.failed, "size_bytes": one.size_bytes}
    return {**counts, "p50_ms": p50, "p90_ms": p90, "p95_ms": p95, "p99_ms": p99, "slowest_ms": _ms(one.slowest)}


def _moves(moves: told.Moves) -> MoveFigures:
    return MoveFigures(
        done=moves.done,
        failed=moves.failed,
        bytes=moves.size_bytes,
        bytes_per_second=moves.bytes_per_second,
        success_rate=moves.success_rate,
    )


def _point(point: told.Point) -> Point:
    p50, p90, p95, p99 = map(_ms, point.percentiles)
    return Point(
        at=point.at,
        count=point.figures.count,
        p50_ms=p50,
        p90_ms=p90,
        p95_ms=p95,
        p99_ms=p99,
        bytes_per_second=point.moves.bytes_per_second,
        done=point.moves.done,
        failed=point.moves.failed,
    )


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
