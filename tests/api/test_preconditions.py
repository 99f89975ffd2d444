"""`If-Match`: what two people change at once is not overwritten unseen."""

from __future__ import annotations

import pytest

from tests.api.places import add_place

RULE = {"name": "Much of it", "signal": "stored_bytes", "threshold": 0.5}
POLICY = {
    "name": "Old reports go cold",
    "location_id": "main",
    "prefix": "docs/",
    "idle_days": 60.1,
    "limits": {"usd": 1e-06},
}


@pytest.fixture(params=["rule", "policy"])
def kept(request, owner, catalog, stores):
    """Where something kept lies, and the body that it was made with."""
    add_place(catalog, stores)
    if request.param == "rule":
        return f"/alerts/rules/{owner.post('/alerts/rules', json=RULE).json()['rule']['rule_id']}", RULE
    return f"/policies/{owner.post('/policies', json=POLICY).json()['policy_id']}", POLICY


def test_only_what_is_still_as_it_was_read_is_changed(owner, kept):
    path, body = kept
    read = owner.get(path).headers["ETag"]
    mine = owner.put(path, json={**body, "name": "mine"}, headers={"If-Match": read})
    theirs = owner.put(path, json={**body, "name": "theirs"}, headers={"If-Match": read})

    assert 200 == mine.status_code, mine.text
    assert (412, "application/problem+json") == (theirs.status_code, theirs.headers["content-type"])
    assert "urn:cloudflow:problem:precondition-failed" == theirs.json()["type"]
    assert "read it again" in theirs.json()["detail"]
    assert "mine" == owner.get(path).json()["name"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 200), ({"If-Match": "*"}, 200), ({"If-Match": '"a", W/{tag}'}, 200), ({"If-Match": "x"}, 412)],
)
def test_who_names_no_version_takes_any(owner, kept, headers, status):
    path, body = kept
    tag = owner.get(path).headers["ETag"]
    named = {name: value.replace("{tag}", tag) for name, value in headers.items()}

    assert status == owner.put(path, json={**body, "name": "mine"}, headers=named).status_code


def test_what_is_not_there_or_somebody_elses_is_not_told_apart_by_its_version(other, kept):
    path, body = kept

    assert 404 == other.put(path, json=body, headers={"If-Match": "x"}).status_code
