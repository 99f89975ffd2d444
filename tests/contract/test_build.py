import json
import socket
from dataclasses import replace

import pytest

from cloudflow_lib.adapters.stores.build import build_store
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.errors import AccessDeniedError

LOCATION = Location(location_id="here", provider=Provider.S3, bucket="b", credential_id="key", owner="team-docs")
CREDENTIAL = Credential(credential_id="key", provider=Provider.S3, owner="team-docs", account="account", sealed=b"")


def build(provider, secret, *, single_class=False, **changed):
    location = replace(LOCATION, provider=provider, single_class=single_class)
    return build_store(location, replace(CREDENTIAL, provider=provider, **changed), secret, attempts=2)


@pytest.mark.parametrize(
    ("provider", "secret", "changed"),
    [
        (Provider.S3, {}, {}),
        (Provider.S3, {"secret_access_key": "s"}, {"account": None}),
        (Provider.AZURE, {}, {}),
        (Provider.AZURE, {"account_key": "a2V5"}, {"account": None}),
        (Provider.AZURE, {"account_key": "not base64!"}, {}),
        (Provider.GCS, {}, {}),
        (Provider.GCS, {"service_account_json": "{"}, {}),
        (Provider.GCS, {"service_account_json": "[]"}, {}),
        (Provider.GCS, {"service_account_json": json.dumps({"type": "service_account"})}, {}),
    ],
)
def test_an_incomplete_credential_is_named_when_the_store_is_opened(provider, secret, changed):
    with pytest.raises(AccessDeniedError, match="save"):
        build(provider, secret, **changed)


@pytest.mark.parametrize(
    ("provider", "secret"),
    [
        (Provider.S3, {"secret_access_key": "s", "session_token": "t"}),
        (Provider.AZURE, {"account_key": "a2V5"}),
        (Provider.AZURE, {"sas": "?sv=2026&sig=x"}),
        (Provider.MEMORY, {}),
    ],
)
def test_building_a_store_connects_to_nothing(provider, secret, monkeypatch):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *place, **_: asked.append(place))
    monkeypatch.setattr(socket.socket, "connect", lambda _self, place: asked.append(place))
    build(provider, secret).close()

    assert [] == asked


@pytest.mark.parametrize("provider", [Provider.S3, Provider.GCS])
def test_a_location_may_have_one_class_only(provider):
    secret = {"secret_access_key": "s"}
    found = build(provider, secret, single_class=True, endpoint_url="http://127.0.0.1:1").capabilities

    assert ("STANDARD",) == found.storage_classes
    assert not found.changes_class_in_place
