"""What users tell us to ask is judged at the moment it is connected to: names change hands, and stores redirect."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cloudflow_lib.adapters.stores.build import build_bulk_store, build_store
from cloudflow_lib.adapters.stores.outlet import Outlet
from cloudflow_lib.bootstrap.stores import way_out
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.domain.objects import ByteSpan
from cloudflow_lib.errors import StoreError
from cloudflow_lib.ports.resolver import system_resolver
from cloudflow_lib.settings import Settings

INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.2"
"""Two addresses of this machine: the tests allow the second one, as if it were a public one."""
SECRETS = {
    Provider.S3: {"secret_access_key": "x"},
    Provider.AZURE: {"account_key": base64.b64encode(b"x" * 32).decode()},
    Provider.GCS: {},
}


class Server(ThreadingHTTPServer):
    """Remembers who was asked for what, and answers all of it in the same way."""

    daemon_threads = True

    def __init__(self, address: str, location: str | None = None) -> None:
        self.seen: list[tuple[str, str, str]] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                seen.append((self.command, self.headers["Host"], self.path))
                self.send_response(404 if location is None else 302)
                if location is not None:
                    self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args):
                """Say nothing."""

        for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.answer)
        super().__init__((address, 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]


@pytest.fixture
def serve():
    servers = []

    def begin(address, location=None):
        servers.append(Server(address, location))
        return servers[-1]

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def inside(serve) -> Server:
    """Something in our own network that nobody else should reach."""
    return serve(INSIDE)


@pytest.fixture
def outside(serve) -> Server:
    return serve(OUTSIDE)


def outlet(resolve=system_resolver, allowed=f"{OUTSIDE}/32"):
    return Outlet(resolve, lambda: (ip_network(allowed),))


def store_at(provider, url, way):
    location = Location(location_id="l", provider=provider, bucket="bucket", credential_id="c", owner="team-docs")
    credential = Credential(
        credential_id="c", provider=provider, owner="team-docs", endpoint_url=url, account="account", sealed=b""
    )
    return build_store(location, credential, SECRETS[provider], attempts=1, proxy=way.url)


def ask_everything(store):
    """Let each of the store's clients ask: the SDK's and obstore's."""
    for ask in (
        lambda: store.stat("key"),
        lambda: list(store.list_pages("")),
        lambda: b"".join(store.read("key", version="v1", span=ByteSpan(0, 5))),
    ):
        with pytest.raises(StoreError):
            ask()
    store.close()


@pytest.mark.parametrize("provider", SECRETS)
def test_a_name_that_led_outside_and_leads_inside_now_is_not_asked(provider, inside):
    answers = iter([OUTSIDE])  # what it was saved with; from then on it leads inside
    way = outlet(lambda _host, _port: [next(answers, INSIDE)])
    way._resolve("rebound.example", inside.port)

    ask_everything(store_at(provider, f"http://rebound.example:{inside.port}", way))
    assert [] == inside.seen


@pytest.mark.parametrize("provider", SECRETS)
def test_what_is_allowed_is_asked_by_every_client_and_under_its_own_name(provider, outside):
    way = outlet(lambda _host, _port: [OUTSIDE])
    ask_everything(store_at(provider, f"http://store.example:{outside.port}", way))

    assert len(outside.seen) >= 3
    assert {f"store.example:{outside.port}"} == {host for _, host, _ in outside.seen}
    assert all(path.startswith("/") for _, _, path in outside.seen)


@pytest.mark.parametrize("provider", SECRETS)
def test_a_store_that_redirects_leads_nobody_inside(provider, inside, serve):
    store = serve(OUTSIDE, f"http://{INSIDE}:{inside.port}/latest/meta-data/")
    ask_everything(store_at(provider, f"http://{OUTSIDE}:{store.port}", outlet()))

    assert store.seen
    assert [] == inside.seen


def test_one_good_address_does_not_hide_a_bad_one(inside):
    way = outlet(lambda _host, _port: [OUTSIDE, INSIDE])
    ask_everything(store_at(Provider.S3, f"http://both.example:{inside.port}", way))
    assert [] == inside.seen


@pytest.mark.parametrize("no_proxy", ["*", "rebound.example"])
def test_the_environment_leads_nobody_past_it(no_proxy, inside, monkeypatch):
    monkeypatch.setenv("NO_PROXY", no_proxy)
    monkeypatch.setenv("no_proxy", no_proxy)
    way = outlet(lambda _host, _port: [INSIDE])
    for provider in SECRETS:
        ask_everything(store_at(provider, f"http://rebound.example:{inside.port}", way))
    assert [] == inside.seen


def test_a_tunnel_is_judged_as_a_request_is(inside, outside):
    address = outlet().url.removeprefix("http://")

    def ask_through_tunnel(server, host):
        with closing(HTTPConnection(address, timeout=10)) as connection:
            connection.set_tunnel(host, server.port)
            connection.request("GET", "/x")
            return connection.getresponse().status

    assert 404 == ask_through_tunnel(outside, OUTSIDE)
    with pytest.raises(OSError, match="403"):
        ask_through_tunnel(inside, INSIDE)
    assert [] == inside.seen


@pytest.mark.parametrize(
    "head", ["", "GET", "GET / HTTP/1.1", "GET ftp://127.0.0.2/ HTTP/1.1", "CONNECT a@b:1 HTTP/1.1"]
)
def test_what_is_no_request_of_a_store_is_refused(head):
    host, _, port = outlet().url.removeprefix("http://").partition(":")
    with closing(HTTPConnection(host, int(port), timeout=10)) as connection:
        connection.connect()
        connection.sock.sendall(f"{head}\r\n\r\n".encode())
        assert connection.sock.recv(1000).startswith(b"HTTP/1.1 403")


def test_what_is_refused_is_logged_without_what_signs_it(inside, caplog):
    host, _, port = outlet().url.removeprefix("http://").partition(":")
    with closing(HTTPConnection(host, int(port), timeout=10)) as connection:
        connection.request("GET", f"http://{INSIDE}:{inside.port}/container/key?sig=a-secret")
        assert 403 == connection.getresponse().status

    assert f"outlet.refused host='{INSIDE}'" in caplog.text
    assert "a-secret" not in caplog.text
    assert [] == inside.seen


def key_file(token_uri):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "p",
            "private_key_id": "1",
            "private_key": pem.decode(),
            "client_email": "a@b.example",
            "token_uri": token_uri,
        }
    )


def test_an_address_for_tokens_in_a_key_file_is_judged_too(inside, monkeypatch):
    monkeypatch.setitem(
        SECRETS, Provider.GCS, {"service_account_json": key_file(f"http://rebound.example:{inside.port}/token")}
    )
    way = outlet(lambda _host, _port: [INSIDE])
    store = store_at(Provider.GCS, None, way)
    with pytest.raises(StoreError):
        store.stat("key")
    assert [] == inside.seen


def test_a_bulk_copy_goes_the_same_way(outside):
    location = Location(location_id="l", provider=Provider.S3, bucket="bucket", credential_id="c", owner="team-docs")
    credential = Credential(
        credential_id="c",
        provider=Provider.S3,
        owner="team-docs",
        endpoint_url="http://s.example",
        account="a",
        sealed=b"",
    )
    way = outlet(lambda _host, _port: [OUTSIDE])
    slow = build_bulk_store(
        location,
        credential,
        SECRETS[Provider.S3],
        connections=4,
        open_store=lambda: store_at(Provider.S3, f"http://s.example:{outside.port}", way),
        proxy=way.url,
    )
    with pytest.raises(StoreError):
        list(slow.list_pages())
    assert {f"s.example:{outside.port}"} == {host for _, host, _ in outside.seen}


@pytest.mark.parametrize(
    ("owner", "endpoint_url", "secret", "is_watched"),
    [
        ("team-docs", "https://minio.example", {}, True),
        ("admin", "https://minio.example", {}, False),
        ("team-docs", None, {"secret_access_key": "x"}, False),
        ("team-docs", None, {"service_account_json": '{"token_uri": "https://oauth2.googleapis.com/token"}'}, False),
        ("team-docs", None, {"service_account_json": "{}"}, False),
        ("team-docs", None, {"service_account_json": "[]"}, True),
        ("team-docs", None, {"service_account_json": "no key"}, True),
        ("team-docs", None, {"service_account_json": '{"token_uri": "https://evil.example/token"}'}, True),
    ],
)
def test_only_addresses_that_users_named_take_the_long_way(owner, endpoint_url, secret, is_watched):
    way = way_out(Settings(), {"admin"})
    credential = Credential(credential_id="c", provider=Provider.S3, owner=owner, endpoint_url=endpoint_url, sealed=b"")
    assert is_watched == (way(credential, secret) is not None)
