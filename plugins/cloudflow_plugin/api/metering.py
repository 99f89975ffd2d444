"""What the API counts about itself, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPMethod

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import HTTPConnection
from starlette.types import Scope

from cloudflow_lib.domain.performance import API, MONGO
from cloudflow_lib.workflows.measure_process import Recorder

MEDIA_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
NOWHERE = "(no such page)"
"""Stands for every path without a handler: else a scan of the server would fill its memory with names."""


BROKEN = 500
"""From this status on it was our fault; a refusal is a success."""


Begin = Callable[["Meters"], Recorder]


class Meters:
    """The counters of one app."""

    def __init__(self, begin: Begin | None = None) -> None:
        """With *begin*, the first request starts what tells the figures to the rest of the platform."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._seconds = Histogram(
            "cloudflow_api_request_seconds",
            "How long requests took, by route.",
            ["method", "route"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._answers = Counter(
            "cloudflow_api_requests_total",
            "Requests answered, by route and status.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self.live_clients = Gauge("cloudflow_live_clients", "Open event streams.", ["kind"], registry=self._registry)
        self.live_events = Counter("cloudflow_live_events_total", "Events read from Kafka.", registry=self._registry)
        self.live_dropped = Counter(
            "cloudflow_live_clients_dropped_total", "Streams ended because they were too slow.", registry=self._registry
        )

        self._mongo = Histogram(
            "cloudflow_mongo_seconds",
            "How long MongoDB took for this process's questions, by command.",
            ["command"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._mongo_failures = Counter(
            "cloudflow_mongo_failures_total", "Questions that MongoDB refused.", ["command"], registry=self._registry
        )
        self._begin = begin
        self._recorder: Recorder | None = None

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request that was answered with *status*, 0 if its client had gone."""
        method = scope["method"] if scope["method"] in HTTPMethod.__members__ else "OTHER"
        route = getattr(scope.get("route"), "path", NOWHERE)
        if self._begin is not None:
            begin, self._begin = self._begin, None
            self._recorder = begin(self)
        if self._recorder is not None:
            self._recorder.record(f"{API} {method} {route}", seconds, failed=status >= BROKEN)
        self._seconds.labels(method, route).observe(seconds)
        self._answers.labels(method, route, str(status)).inc()

    def count_question(self, command: str, seconds: float, failed: bool) -> None:  # noqa: FBT001 - a listener's form
        """Count one question to MongoDB."""
        self._mongo.labels(command).observe(seconds)
        if failed:
            self._mongo_failures.labels(command).inc()
        if self._recorder is not None:
            self._recorder.record(f"{MONGO} {command}", seconds, failed=failed)

    def text(self) -> bytes:
        """Return everything in Prometheus' format."""
        return generate_latest(self._registry)


def meters_of(connection: HTTPConnection) -> Meters:
    """Return the counters of the app that this request went to."""
    meters: Meters = connection.app.state.meters
    return meters
