"""Credentials: what opens stores. Their secrets go in and never come out."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field, SecretStr, StringConstraints

from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.errors import StoreError, WrongInputError
from cloudflow_lib.workflows.credentials import CredentialWish, test_credential, test_location
from cloudflow_lib.workflows.keep_credentials import (
    add_credential,
    credential_of,
    remove_credential,
    replace_credential,
)
from cloudflow_plugin.api.callers import CallerDep, WriterDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer, Handle, Request, Text
from cloudflow_plugin.api.rights import ActingServicesDep

router = APIRouter(prefix="/credentials", tags=["places"])

Bucket = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=16_384)]
KnownProvider = Literal["s3", "azure", "gcs"]
NO_BODY = 204
TRIED_PLACES = 3
"""Locations of a credential that one test opens; each may take seconds."""


class Secrets(Request):
    """The secret part: of S3 the key and perhaps a token, of Azure one of two, of GCS the key file."""

    secret_access_key: Secret | None = None
    session_token: Secret | None = None
    account_key: Secret | None = None
    sas: Secret | None = Field(None, description="A shared access signature.")
    service_account_json: Secret | None = Field(None, description="The whole key file.")

    def given(self) -> dict[str, str]:
        """Return those that are there, in the clear: for sealing and for opening a store, for nothing else."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: secret.get_secret_value() for name, secret in found.items() if secret is not None}


class CredentialBody(Request):
    """What opens a store, apart from its name."""

    provider: KnownProvider = Field(examples=["s3"])
    endpoint_url: Text | None = Field(
        None, description="Of compatible stores: where they answer. Addresses inside our own network are refused."
    )
    region: Text | None = Field(None, examples=["eu-central-1"])
    account: Text | None = Field(None, description="Access key id of S3, storage account of Azure, project of GCS.")
    secret: Secrets
    test_bucket: Bucket | None = Field(None, description="Open this bucket or container first; keep nothing if not.")

    def as_wish(self, credential_id: str, owner: str) -> CredentialWish:
        """Return it as the workflow's value."""
        return CredentialWish(
            credential_id=credential_id,
            provider=Provider(self.provider),
            owner=owner,
            endpoint_url=self.endpoint_url or None,
            region=self.region or None,
            account=self.account or None,
            secret=self.secret.given(),
        )


class NewCredential(CredentialBody):
    """A credential under a name that nobody has."""

    credential_id: Handle = Field(examples=["s3-main"])


class CredentialOut(Answer):
    """A credential without its secret."""

    credential_id: Handle = Field(examples=["s3-main"])
    provider: Provider
    owner: str = Field(examples=["team-docs"])
    endpoint_url: str | None
    region: str | None
    account: str | None
    location_ids: list[str] = Field(description="The locations it opens.")


class Credentials(Answer):
    """Every credential that the caller may use, in the order of their names."""

    credentials: list[CredentialOut]


class BucketToOpen(Request):
    """Which bucket or container a test opens."""

    bucket: Bucket | None = None


class Check(Answer):
    """How a test went."""

    ok: bool
    detail: str | None = Field(description="What was wrong, in one line; null if all is well.")


def _told(credential: Credential, locations: list[Location]) -> CredentialOut:
    return CredentialOut(
        credential_id=credential.credential_id,
        provider=credential.provider,
        owner=credential.owner,
        endpoint_url=credential.endpoint_url,
        region=credential.region,
        account=credential.account,
        location_ids=[place.location_id for place in locations if place.credential_id == credential.credential_id],
    )


@router.get("")
def list_credentials(caller: CallerDep, services: ServicesDep) -> Credentials:
    """List what opens stores; secrets are never shown."""
    places = list(services.catalog.locations())
    mine = [one for one in services.catalog.credentials() if caller.may_see(one.owner)]
    return Credentials(credentials=[_told(one, places) for one in mine])


@router.get("/{credential_id}")
def one_credential(credential_id: Handle, caller: CallerDep, services: ActingServicesDep) -> CredentialOut:
    """Look at one credential; its secret is not shown."""
    return _told(credential_of(credential_id, caller.user, services), list(services.catalog.locations()))


@router.post("", status_code=201)
def add(body: NewCredential, caller: WriterDep, services: ActingServicesDep) -> CredentialOut:
    """Seal a credential and keep it under a name of its own."""
    wish = body.as_wish(body.credential_id, caller.user)
    if body.test_bucket:
        test_credential(wish, body.test_bucket, services)
    return _told(add_credential(wish, services), [])


@router.post("/test")
def try_before_saving(body: NewCredential, caller: WriterDep, services: ActingServicesDep) -> Check:
    """Open `test_bucket` with a credential, and keep nothing."""
    if not body.test_bucket:
        raise WrongInputError("test_bucket is missing: which bucket or container should it open?")
    try:
        test_credential(body.as_wish(body.credential_id, caller.user), body.test_bucket, services)
    except StoreError as error:
        return Check(ok=False, detail=str(error))
    return Check(ok=True, detail=None)


@router.put("/{credential_id}")
def replace_one(
    credential_id: Handle, body: CredentialBody, caller: WriterDep, services: ActingServicesDep
) -> CredentialOut:
    """Replace everything of a credential but its name, its owner and its provider."""
    wish = body.as_wish(credential_id, credential_of(credential_id, caller.user, services).owner)
    if body.test_bucket:
        test_credential(wish, body.test_bucket, services)
    return _told(replace_credential(wish, services, by=caller.user), list(services.catalog.locations()))


@router.delete("/{credential_id}", status_code=NO_BODY)
def remove(credential_id: Handle, caller: WriterDep, services: ActingServicesDep) -> None:
    """Forget a credential that no location needs."""
    remove_credential(credential_id, services, by=caller.user)


@router.post("/{credential_id}/test")
def try_one(
    credential_id: Handle, caller: WriterDep, services: ActingServicesDep, body: BucketToOpen | None = None
) -> Check:
    """Open a bucket with a kept credential: the one that is named, else those of its locations."""
    credential = credential_of(credential_id, caller.user, services)
    if body is not None and body.bucket:
        places = [_trial(credential, body.bucket)]
    else:
        places = [place for place in services.catalog.locations() if place.credential_id == credential_id]
    if not places:
        raise WrongInputError("no location uses this credential yet: say which bucket or container it should open")
    try:
        for place in places[:TRIED_PLACES]:
            test_location(place, services)
    except StoreError as error:
        return Check(ok=False, detail=str(error))
    return Check(ok=True, detail=None)


def _trial(credential: Credential, bucket: str) -> Location:
    return Location(
        location_id=credential.credential_id,
        provider=credential.provider,
        bucket=bucket,
        credential_id=credential.credential_id,
        owner=credential.owner,
    )
