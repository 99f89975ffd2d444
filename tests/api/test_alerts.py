"""Alerts and their rules over the API: everybody their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.adapters.secrets.keyring import FileKeyring
from cloudflow_lib.domain.alert_rules import Reading, Signal
from cloudflow_lib.workflows.evaluate_alerts import evaluate_alerts
from tests.api.conftest import NOW, OTHER, OWNER
from tests.api.places import add_file, add_place

RULE = {"name": "Too much", "signal": "stored_bytes", "threshold": 3}
HOOK = {**RULE, "channels": ["webhook"], "webhook_url": "https://hooks.example.test/in"}


@pytest.fixture
def services(services, tmp_path):
    file = tmp_path / "keyring.json"
    file.write_text('{"active": "k1", "keys": {"k1": "' + "A" * 43 + '="}}')
    file.chmod(0o600)
    return replace(services, keyring=FileKeyring(file), resolve=lambda host, _port: RESOLVED.get(host, ()))


RESOLVED = {"hooks.example.test": ["93.184.216.34"], "inside.example.test": ["10.0.0.7"]}


@pytest.fixture
def firing(catalog, stores, services, owner):
    """A rule of the owner whose alert fires."""
    add_place(catalog, stores)
    add_file(catalog, stores, "docs/a.csv", b"12345")
    rule = owner.post("/alerts/rules", json=RULE).json()["rule"]
    evaluate_alerts(services)
    [alert] = owner.get("/alerts").json()["alerts"]
    return rule, alert


def test_nobody_without_an_account_sees_or_changes_anything(anonymous, stranger, viewer):
    for client, status in ((anonymous, 401), (stranger, 403)):
        for path in ("/alerts", "/alerts/rules", "/alerts/rules/x", "/alerts/x"):
            assert status == client.get(path).status_code
    assert 401 == anonymous.post("/alerts/rules", json=RULE).status_code
    assert 403 == viewer.post("/alerts/rules", json=RULE).status_code
    assert 403 == viewer.post("/alerts/x/acknowledge").status_code


def test_a_rule_is_kept_changed_and_deleted(owner):
    made = owner.post("/alerts/rules", json={**RULE, "lasts_minutes": 5, "escalate_after_minutes": 30,
                                             "escalate_to": ["team-leads"]})  # fmt: skip
    assert 201 == made.status_code, made.text
    rule = made.json()["rule"]
    path = f"/alerts/rules/{rule['rule_id']}"

    assert rule == owner.get(path).json()
    assert (OWNER, 5, 30, ["team-leads"]) == (
        rule["owner"],
        rule["lasts_minutes"],
        rule["escalate_after_minutes"],
        rule["escalate_to"],
    )
    after = owner.put(path, json={**RULE, "threshold": 9, "enabled": False}).json()["rule"]
    assert (9, False, None) == (after["threshold"], after["enabled"], after["escalate_after_minutes"])
    assert [after] == owner.get("/alerts/rules").json()["rules"]
    assert 204 == owner.delete(path).status_code
    assert 404 == owner.get(path).status_code


def test_the_rules_and_alerts_of_others_do_not_exist(firing, other, admin):
    rule, alert = firing

    for path in (f"/alerts/rules/{rule['rule_id']}", f"/alerts/{alert['alert_id']}"):
        assert 404 == other.get(path).status_code
        assert 200 == admin.get(path).status_code
    assert 404 == other.put(f"/alerts/rules/{rule['rule_id']}", json=RULE).status_code
    assert 404 == other.delete(f"/alerts/rules/{rule['rule_id']}").status_code
    assert 404 == other.post(f"/alerts/{alert['alert_id']}/acknowledge").status_code
    assert [] == other.get("/alerts").json()["alerts"] == other.get("/alerts/rules").json()["rules"]


def test_what_fires_is_taken_care_of(firing, owner):
    _, alert = firing
    assert ("firing", 5.0, "team-docs main") == (alert["state"], alert["value"], alert["about"])

    taken = owner.post(f"/alerts/{alert['alert_id']}/acknowledge").json()
    assert ("acknowledged", OWNER) == (taken["state"], taken["acknowledged_by"])
    assert [taken] == owner.get("/alerts", params={"state": "open"}).json()["alerts"]


def test_a_rule_is_silenced_for_a_while(firing, owner):
    rule, _ = firing
    path = f"/alerts/rules/{rule['rule_id']}/silence"
    after = owner.post(path, json={"ends_at": (NOW + timedelta(hours=1)).isoformat(), "reason": "works"}).json()

    assert [("works", OWNER)] == [(one["reason"], one["by"]) for one in after["silences"]]
    assert 422 == owner.post(path, json={"ends_at": (NOW - timedelta(hours=1)).isoformat()}).status_code


def test_a_preview_tells_what_would_have_fired(owner, other, catalog):
    for day in range(10):
        at = NOW - timedelta(days=day)
        value = 9.0 if day == 4 else 1.0
        catalog.add_readings([Reading(signal=Signal.STORED_BYTES, user=OWNER, scope="s3-main", value=value, at=at)])

    seen = owner.post("/alerts/rules/preview", json=RULE).json()
    assert (1, 10, {"2026-11-19": 1}) == (seen["fired"], seen["readings"], seen["by_day"])
    assert (0, 0) == tuple(
        other.post("/alerts/rules/preview", json=RULE).json()[name] for name in ("fired", "readings")
    )


def test_the_secret_of_a_webhook_is_told_once(owner):
    made = owner.post("/alerts/rules", json=HOOK).json()
    path = f"/alerts/rules/{made['rule']['rule_id']}"

    assert len(made["webhook_secret"]) >= 40
    assert made["webhook_secret"] not in owner.get(path).text
    assert owner.put(path, json={**HOOK, "threshold": 4}).json()["webhook_secret"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {**HOOK, "webhook_url": "https://inside.example.test/"},
        {**HOOK, "webhook_url": "https://nowhere.example.test/"},
        {**HOOK, "webhook_url": "file:///etc/passwd"},
        {**HOOK, "webhook_url": None},
        {**RULE, "threshold": -1},
        {**RULE, "signal": "gossip"},
        {**RULE, "clears_at": 4},
        {**RULE, "name": "a\nb"},
        {**RULE, "surprise": 1},
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_one_line(owner, wrong):
    answer = owner.post("/alerts/rules", json=wrong)

    assert 422 == answer.status_code
    assert "\n" not in answer.json()["detail"]


def test_only_administrators_watch_the_platform_and_others(owner, admin):
    for more in ({"signal": "disk_percent"}, {"of_user": OTHER}):
        assert 403 == owner.post("/alerts/rules", json={**RULE, **more}).status_code
        assert 201 == admin.post("/alerts/rules", json={**RULE, **more}).status_code


def test_the_secret_of_a_webhook_is_kept_for_a_repetition_but_not_in_clear(owner, catalog):
    key = {"Idempotency-Key": "k"}
    made = owner.post("/alerts/rules", json=HOOK, headers=key)
    again = owner.post("/alerts/rules", json=HOOK, headers=key)

    assert 201 == made.status_code, made.text
    assert ("true", made.json()) == (again.headers["Idempotent-Replayed"], again.json())
    secret = made.json()["webhook_secret"]
    assert secret
    assert secret not in repr(catalog._answers)
    assert [made.json()["rule"]] == owner.get("/alerts/rules").json()["rules"]
