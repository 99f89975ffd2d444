"""What Prometheus is told, and that alerts and dashboard ask for nothing else."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.workflows.track_performance import PerformanceTracker
from tests.performance.examples import NOW, ended, measured

FOLDER = Path(__file__).parents[2] / "deployment" / "monitoring"
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text())
ALERTS = yaml.safe_load((FOLDER / "alerts.yml").read_text())
NAME = re.compile(r"\bcloudflow_[a-z_]+\b")


@pytest.fixture(autouse=True)
def plugins_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "plugins"))


@pytest.fixture
def told():
    """All that an API process tells after it has seen some of everything."""
    from cloudflow_plugin.api.metering import Meters
    from cloudflow_plugin.api.platform_metrics import platform_text

    catalog, meters = MemoryCatalog(), Meters()
    gauges = {"memory_bytes": 5e8, "cpu_ratio": 0.25, "kafka_lag metrics": 12.0}
    events = [ended(2.0), ended(state="failed"), measured(0.1, gauges=gauges, process="consume-7")]
    PerformanceTracker(catalog, lambda: NOW).handle(events)
    meters.count({"method": "GET"}, 200, 0.1)
    meters.count_question("find", 0.01, failed=True)
    meters.live_clients.labels("sse").set(1)
    return (meters.text() + platform_text(catalog, NOW + timedelta(minutes=1))).decode()


def test_every_alert_asks_for_what_is_told(told):
    rules = [rule for group in ALERTS["groups"] for rule in group["rules"]]
    names = {name for rule in rules for name in NAME.findall(rule["expr"])}

    assert len(rules) >= 8
    assert set() == names - set(NAME.findall(told))
    assert all({"summary", "description"} == set(rule["annotations"]) for rule in rules)
    assert all(rule["labels"]["severity"] in ("warning", "critical") and rule["for"] for rule in rules)


def test_every_panel_asks_for_what_is_told(told):
    targets = [target for panel in DASHBOARD["panels"] for target in panel["targets"]]
    names = {name for target in targets for name in NAME.findall(target["expr"])}

    assert set() == names - set(NAME.findall(told))
    assert len(DASHBOARD["panels"]) == len({panel["id"] for panel in DASHBOARD["panels"]}) >= 12
    assert all(target["expr"].count("(") == target["expr"].count(")") for target in targets)


def test_all_that_is_told_of_the_platform_is_shown(told):
    shown = set(NAME.findall(json.dumps(DASHBOARD)))
    families = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE cloudflow_")}

    assert set() == {name for name in families if not name.endswith("_created")} - shown - {
        name.removesuffix("_bucket") for name in shown
    }


def test_the_scrape_goes_where_the_api_answers():
    [job] = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]

    assert "/cloudflow/api/v1/metrics" == job["metrics_path"]
    assert [ALERTS and "alerts.yml"] == yaml.safe_load((FOLDER / "prometheus.yml").read_text())["rule_files"]


def test_figures_are_right_and_the_gone_are_left_out(told):
    from cloudflow_plugin.api.platform_metrics import platform_text

    assert 'cloudflow_moves_last_hour{outcome="done"} 1.0' in told
    assert 'cloudflow_kafka_lag{handler="metrics",process="consume-7"} 12.0' in told
    assert 'cloudflow_process_cpu_ratio{process="consume-7"} 0.25' in told
    catalog = MemoryCatalog()
    PerformanceTracker(catalog, lambda: NOW).handle([measured(0.1, gauges={"memory_bytes": 1.0})])
    assert "api-1" not in platform_text(catalog, NOW + timedelta(minutes=30)).decode()
