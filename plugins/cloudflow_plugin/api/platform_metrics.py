"""What Prometheus is told about the whole platform, whichever process it asks: from the performance tracker."""

from __future__ import annotations

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from cloudflow_lib.domain.performance import CAMPAIGN, MIGRATE, STEPS
from cloudflow_lib.domain.performance_report import PERCENTILES, PerformanceReport
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.workflows.tell_performance import tell_performance

WINDOW = timedelta(hours=1)
FRESH = timedelta(minutes=5)
"""A process that has not told anything for longer is gone."""
TOLD = (MIGRATE, CAMPAIGN, *STEPS)


def platform_text(catalog: Catalog, now: datetime) -> bytes:
    """Return the platform's figures of the last hour in Prometheus' format."""
    registry = CollectorRegistry()
    found = tell_performance(catalog, now, WINDOW)
    _tell_moves(found, registry)
    _tell_processes(found, now, registry)
    waiting = Gauge("cloudflow_outbox_events", "Events that wait for the relay.", registry=registry)
    waiting.set(catalog.outbox_size())
    return generate_latest(registry)


def _tell_moves(found: PerformanceReport, registry: CollectorRegistry) -> None:
    ended = Gauge("cloudflow_moves_last_hour", "Moves that ended, by outcome.", ["outcome"], registry=registry)
    ended.labels("done").set(found.moves.done)
    ended.labels("failed").set(found.moves.failed)
    size = Gauge("cloudflow_moved_bytes_last_hour", "Bytes that moved.", registry=registry)
    size.set(found.moves.size_bytes)
    speed = Gauge("cloudflow_move_bytes_per_second", "Speed of copies while they ran.", registry=registry)
    speed.set(found.moves.bytes_per_second or 0.0)
    seconds = Gauge(
        "cloudflow_move_seconds", "Percentiles of moves and their steps.", ["operation", "quantile"], registry=registry
    )
    for one in found.operations:
        if one.name in TOLD:
            for share, value in zip(PERCENTILES, one.percentiles, strict=True):
                if value is not None:
                    seconds.labels(one.name, str(share)).set(value)


def _tell_processes(found: PerformanceReport, now: datetime, registry: CollectorRegistry) -> None:
    lag = Gauge("cloudflow_kafka_lag", "Events that wait for a handler.", ["process", "handler"], registry=registry)
    memory = Gauge("cloudflow_process_memory_bytes", "Memory of each process.", ["process"], registry=registry)
    cpu = Gauge("cloudflow_process_cpu_ratio", "Share of a core, by process.", ["process"], registry=registry)
    for name, gauge in found.gauges.items():
        if gauge.at < now - FRESH:
            continue
        process, _, what = name.partition(" ")
        kind, _, of = what.partition(" ")
        if kind == "kafka_lag":
            lag.labels(process, of).set(gauge.value)
        elif kind == "memory_bytes":
            memory.labels(process).set(gauge.value)
        elif kind == "cpu_ratio":
            cpu.labels(process).set(gauge.value)
