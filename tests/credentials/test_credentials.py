"""What opens a store is checked, tried out and sealed; and no address of ours is asked for anybody."""

from __future__ import annotations

import base64
import json
import os
import time
from ipaddress import ip_network

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.secrets.keyring import FileKeyring
from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.bootstrap.stores import once_builder
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    NameTakenError,
    NotFoundError,
    SecretError,
    StoreUnavailableError,
    WrongInputError,
    WrongStateError,
)
from cloudflow_lib.ports.resolver import system_resolver
from cloudflow_lib.workflows import credentials
from cloudflow_lib.workflows.credentials import CredentialWish
from cloudflow_lib.workflows.keep_credentials import (
    add_credential,
    remove_credential,
    replace_credential,
    rotate_credentials,
)
from cloudflow_lib.workflows.services import Services

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
PUBLIC = "93.184.215.14"
SECRET = {"secret_access_key": "s3cr3t-value"}
KEY_FILE = {"type": "service_account", "token_uri": "https://oauth2.googleapis.com/token", "private_key": "x"}


def ring(path, active, **keys):
    path.write_text(json.dumps({"active": active, "keys": keys}))
    path.chmod(0o600)
    return FileKeyring(path)


def a_key():
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def keys():
    return {"one": a_key(), "two": a_key()}


@pytest.fixture
def world(tmp_path, keys):
    def build(**more):
        values = {
            "catalog": MemoryCatalog(),
            "open_store": None,
            "mailer": None,
            "clock": None,
            "admins": frozenset({"admin"}),
            "keyring": ring(tmp_path / "ring.json", "one", one=keys["one"]),
            "build_store": once_builder(),
            "resolve": lambda host, _port: {"s3.example": [PUBLIC], "gone.example": []}.get(host, [PUBLIC]),
        }
        return Services(**{**values, **more})

    return build


def wish(**changes):
    values = {
        "credential_id": "mine",
        "provider": Provider.S3,
        "owner": "team-docs",
        "account": "AKIA1",
        "secret": SECRET,
        "endpoint_url": "https://s3.example",
    }
    return CredentialWish(**{**values, **changes})


def test_a_saved_credential_is_sealed_and_opens_again(world):
    services = world()
    saved = add_credential(wish(), services)

    assert saved == services.catalog.credential("mine")
    assert b"s3cr3t" not in saved.sealed
    assert "s3cr3t" not in repr(wish())
    assert SECRET == services.keyring.open(saved.sealed, bound_to="mine")


def test_a_name_belongs_to_whoever_took_it_first(world):
    services = world()
    add_credential(wish(), services)
    with pytest.raises(NameTakenError):
        add_credential(wish(owner="team-media"), services)
    with pytest.raises(NotFoundError, match="no credential 'mine'"):
        replace_credential(wish(owner="team-media"), services, by="team-media")
    azure = wish(provider=Provider.AZURE, account="store1", secret={"account_key": "x"})
    with pytest.raises(WrongInputError, match="keeps its provider"):
        replace_credential(azure, services, by="team-docs")
    replace_credential(wish(account="AKIA2", owner="admin"), services, by="admin")

    stored = services.catalog.credential("mine")
    assert ("team-docs", "AKIA2") == (stored.owner, stored.account)


def test_a_credential_goes_only_when_nothing_needs_it(world):
    services = world()
    add_credential(wish(), services)
    place = Location(location_id="l", provider=Provider.S3, bucket="b", credential_id="mine", owner="team-docs")
    services.catalog.save_location(place)
    with pytest.raises(WrongStateError, match="l cannot be opened without it"):
        remove_credential("mine", services, by="team-docs")
    services.catalog.remove_location(place)
    with pytest.raises(NotFoundError):
        remove_credential("mine", services, by="team-media")
    remove_credential("mine", services, by="team-docs")

    assert [] == list(services.catalog.credentials())


def test_a_location_that_comes_while_its_credential_goes_keeps_it(world):
    class Racing(MemoryCatalog):
        def remove_credential(self, credential):
            self.save_location(
                Location(location_id="l", provider=Provider.S3, bucket="b", credential_id="mine", owner="team-docs")
            )
            return super().remove_credential(credential)

    services = world(catalog=Racing())
    saved = add_credential(wish(), services)
    with pytest.raises(WrongStateError):
        remove_credential("mine", services, by="team-docs")

    assert saved == services.catalog.credential("mine")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"secret": {}}, "secret_access_key is missing"),
        ({"secret": {**SECRET, "$where": "1"}}, "has no"),
        ({"account": None}, "account is missing"),
        ({"account": "a\r\nb"}, "no account"),
        ({"region": "x.evil.example/"}, "a region is"),
        ({"provider": Provider.MEMORY}, "choose s3"),
        ({"provider": Provider.AZURE, "secret": {}, "account": "store1"}, "either"),
        ({"provider": Provider.AZURE, "secret": {"sas": "x"}, "account": "evil.example/"}, "no account"),
        ({"provider": Provider.AZURE, "secret": {"sas": "x", "account_key": "y"}, "account": "store1"}, "either"),
        (
            {"provider": Provider.GCS, "secret": {}, "endpoint_url": None, "account": None},
            "service_account_json is missing",
        ),
        ({"provider": Provider.GCS, "secret": {"service_account_json": "["}, "account": None}, "key file"),
        ({"provider": Provider.GCS, "secret": {"service_account_json": "[]"}, "account": None}, "key file"),
        ({"endpoint_url": "https://gone.example"}, "spelt right"),
    ],
)
def test_what_is_missing_or_malformed_is_said(world, changes, said):
    services = world()
    with pytest.raises(WrongInputError, match=said):
        add_credential(wish(**changes), services)

    assert [] == list(services.catalog.credentials())


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://2130706433",
        "http://0x7f.1",
        "http://0177.0.0.1",
        "http://0",
        "http://10.1.2.3",
        "http://172.31.255.255",
        "http://192.168.1.1",
        "http://100.100.100.200",
        "http://224.0.0.1",
        "http://[::1]",
        "http://[::ffff:169.254.169.254]",
        "http://[64:ff9b::a9fe:a9fe]",
        "http://[2002:7f00:1::]",
        "http://[fd00:ec2::254]",
        "http://[fe80::1]",
        "ftp://s3.example",
        "file:///etc/passwd",
        "https://",
        "https://user:pass@s3.example",
        "https://s3.example/?x=1",
        "https://s3.example/#x",
        "https://s3.example\r\nHost: x",
        "https://[::1",
        "https://s3.example:99999",
        "s3.example",
        "x" * 600,
    ],
)
def test_addresses_inside_our_network_and_tricks_are_refused(world, url):
    services = world(resolve=system_resolver)
    with pytest.raises(WrongInputError):
        add_credential(wish(endpoint_url=url), services)


def test_a_public_name_that_leads_inside_is_refused(world):
    services = world(resolve=lambda _host, _port: [PUBLIC, "169.254.169.254"])
    with pytest.raises(WrongInputError, match="our own network"):
        add_credential(wish(), services)


def test_the_address_a_key_file_names_for_tokens_is_checked_too(world):
    services = world(resolve=system_resolver, allowed_networks=LOOPBACK)
    text = json.dumps({**KEY_FILE, "token_uri": "http://169.254.169.254/token"})
    gcs = wish(provider=Provider.GCS, account=None, endpoint_url=None, secret={"service_account_json": text})
    with pytest.raises(WrongInputError, match="our own network"):
        add_credential(gcs, services)


def test_the_settings_may_allow_a_network_and_only_that(world):
    services = world(resolve=system_resolver, allowed_networks=LOOPBACK)
    add_credential(wish(endpoint_url="http://127.0.0.1:9000"), services)
    with pytest.raises(WrongInputError, match="our own network"):
        add_credential(wish(endpoint_url="http://10.0.0.1"), services)


@pytest.mark.servers
def test_a_credential_is_tried_out_on_a_real_store(world, versitygw):
    services = world(resolve=system_resolver, allowed_networks=LOOPBACK)
    good = wish(endpoint_url=versitygw.url, account=versitygw.account, secret=dict(versitygw.secret))
    bucket = versitygw.bucket_of(versitygw.open_fresh())
    credentials.test_credential(good, bucket, services)
    with pytest.raises(BucketNotFoundError):
        credentials.test_credential(good, "no-such-bucket", services)
    with pytest.raises(AccessDeniedError):
        credentials.test_credential(wish(endpoint_url=versitygw.url, account="test"), bucket, services)
    with pytest.raises(StoreUnavailableError):
        credentials.test_credential(wish(endpoint_url=versitygw.unreachable().url), bucket, services)
    assert [] == list(services.catalog.credentials())

    add_credential(good, services)
    place = Location(location_id="l", provider=Provider.S3, bucket=bucket, credential_id="mine", owner="team-docs")
    credentials.test_location(place, services)


def test_a_store_that_does_not_answer_is_not_waited_for(world, monkeypatch):
    class Slow(MemoryStore):
        def check_access(self):
            time.sleep(1)

    monkeypatch.setattr(credentials, "ANSWER_SECONDS", 0.05)
    services = world(build_store=lambda *_given: Slow("slow"))
    with pytest.raises(StoreUnavailableError, match="no answer"):
        credentials.test_credential(wish(), "b", services)


def test_a_new_key_seals_everything_anew_and_the_old_one_may_go(world, tmp_path, keys):
    services = world()
    for name in ("mine", "other"):
        add_credential(wish(credential_id=name), services)
    assert (0, 2) == rotate_credentials(services)

    both = world(catalog=services.catalog, keyring=ring(tmp_path / "both.json", "two", **keys))
    assert (2, 2) == rotate_credentials(both)
    assert (0, 2) == rotate_credentials(both)

    after = ring(tmp_path / "new.json", "two", two=keys["two"])
    assert SECRET == after.open(services.catalog.credential("mine").sealed, bound_to="mine")
    with pytest.raises(SecretError):
        services.keyring.open(services.catalog.credential("mine").sealed, bound_to="mine")
