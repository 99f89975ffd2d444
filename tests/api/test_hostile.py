"""What people with bad intentions send: each refused with one clear problem, and a line in the log."""

from __future__ import annotations

import json
import logging

import pytest

from tests.api.test_authorisation import KEYS, PLACE, names, services  # noqa: F401 - fixtures

EVIL = [
    {"$ne": None},
    {"$gt": ""},
    {"$where": "sleep(1000)"},
    ["$regex", ".*"],
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "a\r\nSet-Cookie: _token=x",
    "a\x00b",
    "x" * 5000,
    "\ud800",
]
WISHES = {
    "POST /credentials": {"credential_id": "evil", **KEYS, "endpoint_url": "https://s3.example", "region": "eu"},
    "PUT /credentials/mine": {**KEYS, "endpoint_url": "https://s3.example"},
    "POST /locations": {"location_id": "evil", **PLACE},
    "PUT /locations/place": {**PLACE},
    "POST /migrations": {"file_ids": ["0" * 32], "location_id": "cheap", "tier": "cold", "storage_class": "COLD"},
    "POST /recommendations/apply": {"recommendation_ids": ["a"]},
    "POST /recommendations/prefixes/apply": {
        "owner": "nobody",
        "location_id": "s3-main",
        "prefix": "reports/",
        "from_class": "STANDARD",
        "to_location_id": "s3-main",
        "to_class": "GLACIER_IR",
    },
    "POST /recommendations/dismiss": {"recommendation_ids": ["a"]},
    "PUT /me/preferences": {"theme": "dark", "upload_location": "s3-main", "news_seen": "n1"},
}
FIELDS = [(route, name) for route, wish in WISHES.items() for name in wish]


def as_text(value):
    """Return *value* as JSON; a lone surrogate goes as an escape, as it would from a browser."""
    return json.dumps(value).encode()


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(("route", "name"), FIELDS)
def test_no_field_takes_operators_paths_line_breaks_or_novels(owner, route, name, caplog, catalog):
    caplog.set_level(logging.INFO)
    method, path = route.split(" ")
    before = (list(catalog.credentials()), list(catalog.locations()))
    for evil in EVIL:
        caplog.clear()
        body = as_text({**WISHES[route], name: evil})
        answer = owner.request(method, path, content=body, headers={"Content-Type": "application/json"})

        assert answer.status_code in (400, 404, 422), (evil, answer.text)
        assert "application/problem+json" == answer.headers["content-type"]
        assert 0 < len(answer.json()["detail"]) < 1000
        assert "\n" not in answer.json()["detail"]
        assert "api.refused" in caplog.text
        assert "set-cookie" not in answer.headers
    assert before == (list(catalog.credentials()), list(catalog.locations()))


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    "query",
    [
        "state[$ne]=open",
        "state=%7B%22%24ne%22%3A1%7D",
        "$where=1",
        "cursor[$gt]=",
        "location_id=a%0d%0ab",
        "location_id=" + "x" * 300,
        "limit=100000",
        "limit=-1",
        "limit=1e9",
    ],
)
def test_no_query_takes_operators_or_line_breaks(owner, query):
    for path in ("/files", "/migrations", "/recommendations"):
        answer = owner.get(f"{path}?{query}")
        assert (422, "application/problem+json") == (answer.status_code, answer.headers["content-type"])


@pytest.mark.parametrize(
    "path",
    [
        "/files/..%2f..%2fetc%2fpasswd",
        "/files/%00",
        "/credentials/%2e%2e%2fmine",
        "/credentials/$where",
        "/locations/a%0d%0aX: y",
        "/migrations/" + "x" * 2000,
        "/recommendations/%7B%22$ne%22:1%7D",
    ],
)
def test_no_name_in_a_path_leads_elsewhere(owner, path):
    answer = owner.get(path)

    assert answer.status_code in (404, 422)
    assert "root:" not in answer.text


@pytest.mark.parametrize("path", ["/credentials", "/locations", "/migrations", "/recommendations/apply"])
def test_bodies_that_are_too_large_too_deep_or_no_json_are_refused(owner, path):
    typed = {"Content-Type": "application/json"}
    for body, status in (
        (b'{"a":"' + b"x" * (1 << 20) + b'"}', 413),
        (b"[" * 100_000, 422),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, 422),
        (b"\xff\xfe", 422),
        (b"", 422),
        (b"null", 422),
        (b'{"a": NaN}', 422),
    ):
        answer = owner.post(path, content=body, headers=typed)
        assert answer.status_code in (status, 400), (body[:20], answer.text)
        assert "application/problem+json" == answer.headers["content-type"]
