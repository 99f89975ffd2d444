"""Credentials and locations: secrets go in and never come out, and other people's do not exist."""

from __future__ import annotations

import base64
import json
import logging
import os
from dataclasses import replace
from ipaddress import ip_network

import pytest

from cloudflow_lib.adapters.secrets.keyring import FileKeyring
from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.errors import AccessDeniedError
from tests.api.conftest import ADMIN, OTHER, OWNER
from tests.api.places import add_file, add_place

SECRET = "a-secret-that-must-stay-inside"
AWS = {"provider": "s3", "account": "AKIA1", "secret": {"secret_access_key": SECRET}}
KEY_FILE = json.dumps({"type": "service_account", "private_key": SECRET, "token_uri": "https://accounts.example/token"})
PUBLIC = "93.184.215.14"


@pytest.fixture
def opened() -> list:
    """Every bucket that a test of a credential opened, with the secret it was opened with."""
    return []


@pytest.fixture
def services(services, tmp_path, opened):
    path = tmp_path / "ring.json"
    path.write_text(json.dumps({"active": "one", "keys": {"one": base64.b64encode(os.urandom(32)).decode()}}))
    path.chmod(0o600)

    class Store(MemoryStore):
        def check_access(self):
            if self.bucket == "closed":
                raise AccessDeniedError("closed: the credential lacks a permission")

    def build(location, _credential, secret):
        opened.append((location.bucket, dict(secret)))
        return Store(location.bucket)

    inside = {
        "metadata.internal": "169.254.169.254",
        "rebound.example": "10.0.0.7",
        "169.254.169.254": "169.254.169.254",
    }
    return replace(
        services,
        keyring=FileKeyring(path),
        build_store=build,
        resolve=lambda host, _port: [PUBLIC, inside[host]] if host in inside else [PUBLIC],
        allowed_networks=(ip_network("192.0.2.0/24"),),
    )


def add(client, name="mine", **changes):
    return client.post("/credentials", json={"credential_id": name, **AWS, **changes})


def place(client, name="place", **changes):
    wish = {"location_id": name, "provider": "s3", "bucket": "acme", "prefix": "", "credential_id": "mine"}
    return client.post("/locations", json={**wish, **changes})


def test_a_secret_goes_in_and_never_comes_out(owner, admin, services, caplog):
    caplog.set_level(logging.DEBUG)
    answers = [add(owner), owner.get("/credentials"), owner.get("/credentials/mine"), admin.get("/credentials")]
    answers.append(owner.put("/credentials/mine", json=AWS))

    assert [201, 200, 200, 200, 200] == [answer.status_code for answer in answers]
    assert all(SECRET not in answer.text and "sealed" not in answer.text for answer in answers)
    assert SECRET not in caplog.text
    stored = services.catalog.credential("mine")
    assert {"secret_access_key": SECRET} == services.keyring.open(stored.sealed, bound_to="mine")
    assert SECRET.encode() not in stored.sealed
    told = {"credential_id": "mine", "provider": "s3", "owner": OWNER, "account": "AKIA1", "location_ids": []}
    assert told == {name: value for name, value in answers[0].json().items() if value is not None}


@pytest.mark.parametrize(
    "wish",
    [
        {"provider": "azure", "account": "acmestore", "secret": {"account_key": SECRET}},
        {"provider": "azure", "account": "acmestore", "secret": {"sas": f"sv=2026&sig={SECRET}"}},
        {"provider": "gcs", "account": "acme-project", "secret": {"service_account_json": KEY_FILE}},
        {"provider": "s3", "account": "minio", "endpoint_url": "https://minio.example", "secret": AWS["secret"]},
        {"provider": "s3", "account": "A", "secret": {**AWS["secret"], "session_token": SECRET}},
    ],
)
def test_every_kind_of_credential_is_taken(owner, wish):
    assert 201 == owner.post("/credentials", json={"credential_id": "any", **wish}).status_code


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.internal/computeMetadata/v1/",
        "https://rebound.example",
        "https://user:pass@s3.example",
        "file:///etc/passwd",
        "gopher://s3.example",
        "https://s3.example#@internal",
    ],
)
def test_no_endpoint_leads_inside(owner, services, opened, url, caplog):
    caplog.set_level(logging.INFO)
    for answer in (
        add(owner, endpoint_url=url),
        owner.post("/credentials/test", json={"credential_id": "x", **AWS, "endpoint_url": url, "test_bucket": "b"}),
    ):
        assert (422, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
        assert "endpoint" in answer.json()["detail"] or "own network" in answer.json()["detail"]
    assert [] == opened
    assert [] == list(services.catalog.credentials())
    assert "api.refused status=422" in caplog.text


def test_a_kept_credential_is_not_asked_either_once_its_name_leads_inside(owner, services, opened):
    add(owner, endpoint_url="https://later.example")
    object.__setattr__(services, "resolve", lambda _host, _port: ["169.254.169.254"])

    answer = owner.post("/credentials/mine/test", json={"bucket": "b"})
    assert 422 == answer.status_code
    assert [] == opened


def test_a_name_is_taken_once(owner, other):
    assert [201, 409, 409] == [add(owner).status_code, add(owner).status_code, add(other).status_code]
    add(owner, "two")
    assert [201, 409] == [place(owner).status_code, place(owner).status_code]


def test_a_credential_may_be_tested_before_it_is_kept(owner, services, opened):
    wish = {"credential_id": "new", **AWS}
    good = owner.post("/credentials/test", json={**wish, "test_bucket": "open"})
    bad = owner.post("/credentials/test", json={**wish, "test_bucket": "closed"})
    none = owner.post("/credentials/test", json=wish)
    refused = owner.post("/credentials", json={**wish, "test_bucket": "closed"})

    assert {"ok": True, "detail": None} == good.json()
    assert {"ok": False, "detail": "closed: the credential lacks a permission"} == bad.json()
    assert (422, 502) == (none.status_code, refused.status_code)
    assert ("open", {"secret_access_key": SECRET}) == opened[0]
    assert [] == list(services.catalog.credentials())


def test_a_kept_credential_is_tested_with_its_locations_or_a_bucket(owner):
    add(owner)
    assert 422 == owner.post("/credentials/mine/test").status_code
    assert owner.post("/credentials/mine/test", json={"bucket": "open"}).json()["ok"]
    place(owner, bucket="closed")

    assert not owner.post("/credentials/mine/test").json()["ok"]
    assert not owner.post("/locations/place/test").json()["ok"]
    assert ["place"] == owner.get("/credentials/mine").json()["location_ids"]


def test_a_credential_that_opens_something_stays(owner, services):
    add(owner)
    place(owner)
    refused = owner.delete("/credentials/mine")
    assert (409, "urn:cloudflow:problem:wrong-state") == (refused.status_code, refused.json()["type"])
    assert "place cannot be opened" in refused.json()["detail"]
    assert 204 == owner.delete("/locations/place").status_code
    assert 204 == owner.delete("/credentials/mine").status_code
    assert 404 == owner.delete("/credentials/mine").status_code
    assert [] == list(services.catalog.credentials())


def test_other_peoples_places_do_not_exist(owner, other, viewer, admin, anonymous, services):
    add(owner)
    place(owner)
    new = {"provider": "s3", "bucket": "acme", "credential_id": "mine"}
    for client, read, write in ((other, 404, 404), (viewer, 404, 403), (anonymous, 401, 401)):
        assert read == client.get("/credentials/mine").status_code
        assert read == client.get("/locations/place").status_code
        assert write == client.put("/credentials/mine", json=AWS).status_code
        assert write == client.delete("/credentials/mine").status_code
        assert write == client.post("/credentials/mine/test").status_code
        assert write == client.put("/locations/place", json=new).status_code
        assert write == client.delete("/locations/place").status_code
        assert write == client.post("/locations/place/test").status_code
        assert write == client.post("/locations/place/scan").status_code
    assert ([], []) == (other.get("/credentials").json()["credentials"], other.get("/locations").json()["locations"])
    assert 200 == admin.put("/credentials/mine", json=AWS).status_code
    assert 200 == admin.put("/locations/place", json=new).status_code
    assert 202 == admin.post("/locations/place/scan").status_code
    assert (OWNER, OWNER) == (services.catalog.credential("mine").owner, services.catalog.location("place").owner)


def test_nobody_opens_a_location_with_the_credential_of_another(owner, other):
    add(owner)
    answer = place(other, "theirs")

    assert (422, "there is no credential 'mine'") == (answer.status_code, answer.json()["detail"])


def test_who_owns_what_and_which_logs_are_read_is_for_administrators_to_say(owner, admin, services):
    add(owner)
    feeds = [{"dialect": "versitygw", "place": "/etc/passwd"}]
    for said in ({"owner": OTHER}, {"owners": {"x/": OTHER}}, {"log_feeds": feeds}):
        assert 403 == place(owner, **said).status_code
    assert 201 == place(owner).status_code
    body = {"provider": "s3", "bucket": "acme", "credential_id": "mine", "prefix": "sub/"}
    assert 200 == admin.put("/locations/place", json={**body, "owners": {"m/": OTHER}, "log_feeds": feeds}).status_code
    assert 200 == owner.put("/locations/place", json={**body, "prefix": ""}).status_code

    stored = services.catalog.location("place")
    assert ({"m/": OTHER}, "/etc/passwd", "") == (stored.owners, stored.log_feeds[0].place, stored.prefix)


def test_a_location_keeps_its_bucket_and_its_provider(owner):
    add(owner)
    place(owner)
    body = {"provider": "s3", "bucket": "another", "credential_id": "mine"}

    assert 422 == owner.put("/locations/place", json=body).status_code
    assert 422 == owner.put("/locations/place", json={**body, "provider": "gcs", "bucket": "acme"}).status_code
    assert 422 == place(owner, "p2", provider="gcs").status_code
    assert 422 == place(owner, "p2", classes={"hot": "STANDARD", "warm": "STANDARD"}).status_code


def test_who_owns_a_part_of_a_location_sees_it_without_the_parts_of_others(catalog, stores, owner, admin):
    add_place(catalog, stores)
    (seen,) = owner.get("/locations").json()["locations"]

    assert {"docs/": OWNER} == seen["owners"]
    assert not seen["may_change"]
    assert {"hot": "HOT", "warm": "WARM", "cold": "COLD"} == seen["classes"]
    assert {"docs/": OWNER, "media/": OTHER} == admin.get("/locations/main").json()["owners"]
    assert 404 == owner.put("/locations/main", json={"provider": "s3", "bucket": "b", "credential_id": "c"}).status_code


def test_a_scan_is_a_run_in_the_name_of_who_asked(catalog, stores, owner, started):
    add_place(catalog, stores)
    answer = owner.post("/locations/main/scan")

    assert (202, [("scan_locations", {"location_id": "main"}, OWNER)]) == (answer.status_code, started)
    assert "http://airflow.test/dags/scan_locations/runs/manual__1" == answer.json()["run_url"]


def test_a_location_with_files_stays(catalog, stores, admin):
    add_place(catalog, stores)
    add_file(catalog, stores)

    assert 409 == admin.delete("/locations/main").status_code
    assert 404 == admin.delete("/locations/nowhere").status_code
    assert Provider.MEMORY == catalog.location("main").provider


def test_everybody_is_told_who_they_are(owner, viewer, admin, anonymous):
    told = owner.get("/me").json()

    assert (OWNER, False, True) == (told["user"], told["is_admin"], told["can_write"])
    assert (False, False) == (viewer.get("/me").json()["is_admin"], viewer.get("/me").json()["can_write"])
    assert (ADMIN, True) == (admin.get("/me").json()["user"], admin.get("/me").json()["is_admin"])
    assert 401 == anonymous.get("/me").status_code


def test_everybody_has_preferences_of_their_own(owner, viewer, other):
    wish = {"tour_seen": True, "theme": "dark"}
    assert 200 == owner.put("/me/preferences", json=wish).status_code
    assert 200 == viewer.put("/me/preferences", json={"shortcuts": False}).status_code

    assert (True, "dark", True) == tuple(
        owner.get("/me").json()["preferences"][name] for name in ("tour_seen", "theme", "shortcuts")
    )
    assert not viewer.get("/me/preferences").json()["shortcuts"]
    assert not other.get("/me/preferences").json()["tour_seen"]
    assert 422 == owner.put("/me/preferences", json={"theme": {"$ne": None}}).status_code
    assert 422 == owner.put("/me/preferences", json={"is_admin": True}).status_code
