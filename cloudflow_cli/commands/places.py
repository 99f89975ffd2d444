"""`cloudflow locations` and `cloudflow credentials`: where files lie, and what opens it."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cloudflow_cli.output import console, print_json, print_rows, say
from cloudflow_lib.domain.locations import Location, LogFeed, Provider
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import WrongInputError

locations = typer.Typer(help="Say where files lie.", no_args_is_help=True)
credentials = typer.Typer(help="Keep what opens a location, sealed.", no_args_is_help=True)

JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]

SECRET_FIELD = {Provider.S3: "secret_access_key", Provider.AZURE: "account_key", Provider.GCS: "service_account_json"}


@credentials.command("add")
def add_credential(
    name: Annotated[str, typer.Argument(help="A short name, such as s3-main.")],
    provider: Annotated[Provider, typer.Argument(help="Which protocol it speaks.")],
    *,
    owner: Annotated[str, typer.Option(help="Whose it is.")],
    account: Annotated[str | None, typer.Option(help="Access key id, storage account, or project.")] = None,
    secret_env: Annotated[str | None, typer.Option(help="Environment variable that holds the secret.")] = None,
    secret_file: Annotated[Path | None, typer.Option(help="File that holds the secret (GCS: the key file).")] = None,
    sas: Annotated[bool, typer.Option("--sas", help="Azure: the secret is a SAS token.")] = False,
    endpoint_url: Annotated[str | None, typer.Option(help="For compatible stores: where they answer.")] = None,
    region: Annotated[str | None, typer.Option(help="S3: the region.")] = None,
    json_output: JsonOutput = False,
) -> None:
    """
    Seal a credential into the catalogue; it is never shown again.

    The secret comes from --secret-env, --secret-file, or a prompt: never from the command line, where
    everybody on the machine could read it.
    """
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.credentials import CredentialWish
    from cloudflow_lib.workflows.keep_credentials import seal_credential

    if provider is Provider.MEMORY:
        raise WrongInputError("memory is for tests: choose s3, azure or gcs")
    field = "sas" if sas else SECRET_FIELD[provider]
    text = _secret(secret_env, secret_file, field)
    wish = CredentialWish(
        credential_id=name,
        provider=provider,
        owner=owner,
        endpoint_url=endpoint_url,
        region=region,
        account=account,
        secret={field: text} if text else {},
    )
    services().catalog.prepare()
    seal_credential(wish, services())
    if json_output:
        print_json({"credential_id": name})
    else:
        say(f"Sealed {name}.")


def _secret(variable: str | None, file: Path | None, field: str) -> str:
    if variable:
        if variable not in os.environ:
            raise WrongInputError(f"the environment has no variable {variable}")
        return os.environ[variable]
    if file:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise WrongInputError(f"cannot read the secret from {file}: {why}") from error
    if not sys.stdin.isatty():
        raise WrongInputError("say where the secret is: --secret-env NAME or --secret-file FILE")
    return getpass.getpass(f"{field}: ")


@credentials.command("list")
def list_credentials(
    json_output: JsonOutput = False,
) -> None:
    """Show which credentials there are; never their secrets."""
    from cloudflow_lib.bootstrap import services

    found = services().catalog.credentials()
    rows = [(c.credential_id, c.provider, c.owner, c.account or "", c.endpoint_url or "") for c in found]
    if json_output:
        names = ("credential_id", "provider", "owner", "account", "endpoint_url")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_rows("Credentials", ["name", "provider", "owner", "account", "endpoint"], rows)


@credentials.command("rotate")
def rotate(
    json_output: JsonOutput = False,
) -> None:
    """
    Seal every credential anew by the active key of the keyring.

    Put the new key into the keyring's file as the active one first; afterwards the old one may go.
    """
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.keep_credentials import rotate_credentials

    changed, found = rotate_credentials(services())
    if json_output:
        print_json({"resealed": changed, "credentials": found})
    else:
        console.print(f"Sealed {changed} of {found} credentials by the active key.")


@locations.command("add")
def add_location(
    name: Annotated[str, typer.Argument(help="A short name, such as s3-main.")],
    bucket: Annotated[str, typer.Argument(help="Bucket or container; BUCKET/PREFIX for a part of it.")],
    *,
    credential: Annotated[str, typer.Option(help="The credential that opens it.")],
    owner: Annotated[str, typer.Option(help="Who owns the files there.")],
    owners: Annotated[list[str] | None, typer.Option(help="PREFIX=USER: who owns a part; may be repeated.")] = None,
    classes: Annotated[list[str] | None, typer.Option("--class", help="TIER=STORAGE_CLASS, where it differs.")] = None,
    logs: Annotated[list[str] | None, typer.Option(help="DIALECT=PLACE of its access logs; may be repeated.")] = None,
    single_class: Annotated[bool, typer.Option("--single-class", help="A store without storage classes.")] = False,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Try to open it first.")] = True,
    json_output: JsonOutput = False,
) -> None:
    """
    Add a location, or change one.

    Example: cloudflow locations add s3-main acme-data --credential s3 --owner team-docs
    """
    from cloudflow_lib.adapters.access_logs.readers import dialect_named
    from cloudflow_lib.bootstrap import services, settings
    from cloudflow_lib.workflows.credentials import try_location
    from cloudflow_lib.workflows.keep_locations import keep_location

    bench = services()
    bucket, _, prefix = bucket.partition("/")
    location = Location(
        location_id=name,
        provider=bench.catalog.credential(credential).provider,
        bucket=bucket,
        prefix=prefix,
        credential_id=credential,
        owner=owner,
        owners=dict(_pairs(owners, "--owners")),
        classes={_tier(key): value for key, value in _pairs(classes, "--class")},
        log_feeds=tuple(LogFeed(dialect=dialect_named(name).name, place=at) for name, at in _pairs(logs, "--logs")),
        single_class=single_class,
    )
    if check:
        try_location(location, bench)
    keep_location(location, bench, by=settings().airflow.user)
    if json_output:
        print_json(location)
    else:
        say(f"Saved {name}. Scan it with `cloudflow scan {name}`.")


def _pairs(texts: list[str] | None, option: str) -> list[tuple[str, str]]:
    pairs = [text.partition("=") for text in texts or []]
    if wrong := [key for key, equals, value in pairs if not (key and equals and value)]:
        raise WrongInputError(f"{option} {wrong[0]!r}: write NAME=VALUE")
    return [(key, value) for key, _, value in pairs]


def _tier(text: str) -> Tier:
    try:
        return Tier(text)
    except ValueError:
        raise WrongInputError(f"--class {text!r}: the tiers are hot, warm and cold") from None


@locations.command("list")
def list_locations(
    json_output: JsonOutput = False,
) -> None:
    """Show which locations there are."""
    from cloudflow_lib.bootstrap import services

    found = services().catalog.locations()
    if json_output:
        print_json(list(found))
        return
    rows = [(x.location_id, x.provider, f"{x.bucket}/{x.prefix}", x.owner, x.credential_id) for x in found]
    print_rows("Locations", ["name", "provider", "bucket", "owner", "credential"], rows)


@locations.command("test")
def open_location(name: Annotated[str, typer.Argument(help="Which one.")], json_output: JsonOutput = False) -> None:
    """Try to open a location with its credential."""
    from cloudflow_lib.bootstrap import services

    services().open_store(name).check_access()
    if json_output:
        print_json({"location_id": name, "can_be_opened": True})
    else:
        say(f"{name} can be opened.")
