"""What the API counts about itself, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import HTTPConnection
from starlette.types import Scope

MEDIA_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
NOWHERE = "(no such page)"
"""Stands for every path without a handler: else a scan of the server would fill its memory with names."""


class Meters:
    """The counters of one app."""

    def __init__(self) -> None:
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

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request that was answered with *status*, 0 if its client had gone."""
        method = scope["method"] if scope["method"].isalpha() else "OTHER"
        route = getattr(scope.get("route"), "path", NOWHERE)
        self._seconds.labels(method, route).observe(seconds)
        self._answers.labels(method, route, str(status)).inc()

    def text(self) -> bytes:
        """Return everything in Prometheus' format."""
        return generate_latest(self._registry)


def meters_of(connection: HTTPConnection) -> Meters:
    """Return the counters of the app that this request went to."""
    meters: Meters = connection.app.state.meters
    return meters
