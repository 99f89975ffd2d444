"""What opens a store: checked and tried out, before anything is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from cloudflow_lib.domain.endpoints import host_of, require_outside
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.errors import StoreUnavailableError, UnsupportedError, WrongInputError
from cloudflow_lib.ports.secrets import Keyring
from cloudflow_lib.workflows.services import Services

SECRET_FIELDS: Mapping[Provider, frozenset[str]] = {
    Provider.S3: frozenset({"secret_access_key", "session_token"}),
    Provider.AZURE: frozenset({"account_key", "sas"}),
    Provider.GCS: frozenset({"service_account_json"}),
}
ACCOUNT: Mapping[Provider, re.Pattern[str]] = {
    Provider.S3: re.compile(r"[A-Za-z0-9_.@+=-]{1,128}"),
    Provider.AZURE: re.compile(r"[a-z0-9]{3,24}"),
    Provider.GCS: re.compile(r"[a-z0-9:.-]{1,63}"),
}
"""They become part of addresses and signatures."""
REGION = re.compile(r"[a-z0-9-]{1,40}")
ANSWER_SECONDS = 10.0
"""People wait for the answer of a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialWish:
    """A credential as somebody typed it."""

    credential_id: str
    provider: Provider
    owner: str
    endpoint_url: str | None = None
    region: str | None = None
    account: str | None = None
    secret: Mapping[str, str] = field(repr=False)


def test_credential(wish: CredentialWish, bucket: str, services: Services) -> None:
    """
    Open *bucket* with the credential and list one page, without keeping anything.

    Raises:
        WrongInputError: It is not as it should be.
        StoreError: It does not open the bucket; the message says why.
    """
    check_credential(wish, services)
    location = Location(
        location_id=wish.credential_id,
        provider=wish.provider,
        bucket=bucket,
        credential_id=wish.credential_id,
        owner=wish.owner,
    )
    _answer_of(location, unsealed(wish), wish.secret, services)


def test_location(location: Location, services: Services) -> None:
    """As `test_credential`, for a location and the credential that it names."""
    credential = services.catalog.credential(location.credential_id)
    require_reachable(credential.endpoint_url, services)
    try_location(location, services)


def try_location(location: Location, services: Services) -> None:
    """As `test_location`, for who runs the platform and may name endpoints of its own network."""
    credential = services.catalog.credential(location.credential_id)
    secret = keyring_of(services).open(credential.sealed, bound_to=credential.credential_id)
    _answer_of(location, credential, secret, services)


def _answer_of(location: Location, credential: Credential, secret: Mapping[str, str], services: Services) -> None:
    """Ask once, in a thread of its own: SDKs may wait longer than people do."""
    if services.build_store is None:
        raise UnsupportedError("this process opens no stores by itself")
    store = services.build_store(location, credential, secret)

    def ask() -> None:
        with closing(store):
            store.check_access()

    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="credential-test")
    try:
        pool.submit(ask).result(timeout=ANSWER_SECONDS)
    except TimeoutError:
        raise StoreUnavailableError(
            f"no answer within {ANSWER_SECONDS:.0f} s: look at the endpoint, and whether it can be reached from here"
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def check_credential(wish: CredentialWish, services: Services) -> None:
    """Raise WrongInputError if something of *wish* is missing, of the wrong form, or leads inside our own network."""
    check_form(wish)
    require_reachable(wish.endpoint_url, services)
    if key := wish.secret.get("service_account_json"):
        # The SDK sends a signed request there: an address of ours would be asked in our name.
        require_reachable(str(json.loads(key).get("token_uri") or "https://oauth2.googleapis.com/token"), services)


def check_form(wish: CredentialWish) -> None:
    """Raise WrongInputError if something of *wish* is missing, or of the wrong form."""
    if wish.provider not in SECRET_FIELDS:
        raise WrongInputError("choose s3, azure or gcs")
    known = SECRET_FIELDS[wish.provider]
    if unknown := sorted(set(wish.secret) - known):
        raise WrongInputError(f"a credential for {wish.provider} has no {', '.join(unknown)}")
    if wish.provider is Provider.S3 and not wish.secret.get("secret_access_key"):
        raise WrongInputError("secret_access_key is missing")
    if wish.provider is Provider.AZURE and len(wish.secret) != 1:
        raise WrongInputError("give either an account_key or a sas")
    if wish.provider is not Provider.GCS and not wish.account:
        raise WrongInputError("account is missing: the access key id of S3, the storage account of Azure")
    if wish.account and not ACCOUNT[wish.provider].fullmatch(wish.account):
        raise WrongInputError(f"this is no account of {wish.provider}: look at it again")
    if wish.region and not REGION.fullmatch(wish.region):
        raise WrongInputError("a region is made of a-z, 0-9 and `-`, such as eu-central-1")
    if wish.provider is Provider.GCS:
        _check_service_account(wish)


def _check_service_account(wish: CredentialWish) -> None:
    text = wish.secret.get("service_account_json")
    if text is None:
        if wish.endpoint_url is None:
            raise WrongInputError("service_account_json is missing")
        return
    try:
        key = json.loads(text)
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, dict) or key.get("type") != "service_account" or not all(map(_is_text, key.values())):
        raise WrongInputError("service_account_json is not the key file of a service account")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def require_reachable(endpoint_url: str | None, services: Services) -> None:
    """Raise WrongInputError if the endpoint leads inside our own network, and the settings do not allow that."""
    if endpoint_url is not None:
        require_outside(services.resolve(*host_of(endpoint_url)), services.allowed_networks)


def keyring_of(services: Services) -> Keyring:
    """Return what seals and opens credentials, or raise UnsupportedError."""
    if services.keyring is None:
        raise UnsupportedError("this process has no keyring: set CLOUDFLOW_KEYRING__FILE")
    return services.keyring


def unsealed(wish: CredentialWish) -> Credential:
    """Return the credential of *wish*, without its secret."""
    return Credential(
        credential_id=wish.credential_id,
        provider=wish.provider,
        owner=wish.owner,
        endpoint_url=wish.endpoint_url,
        region=wish.region,
        account=wish.account,
        sealed=b"",
    )
