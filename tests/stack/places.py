"""Places where files lie: buckets made with plain SDKs, made known to the platform by its command line."""

from __future__ import annotations

from dataclasses import dataclass

from tests.stack.clouds import AzureBucket, GcsBucket, S3Bucket

OWNERS = {"docs/": "team-docs", "research/": "team-research"}
SERVERS = {"s3": "s3", "moto": "s3", "azure": "azure", "gcs": "gcs"}
"""Server of the stack -> the provider it speaks like."""
SINGLE_CLASS = {"s3", "gcs"}
"""The one knows no storage classes, the other cannot change them."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A location of the catalogue, and its bucket seen from outside."""

    name: str
    bucket: object


@dataclass(frozen=True)
class Keys:
    """What opens one server."""

    url: str
    account: str
    secret: str


def keys_of(stack, server):
    secrets, ports = stack.secrets, stack.ports
    match server:
        case "s3":
            return Keys(f"http://127.0.0.1:{ports.s3}", secrets.s3.access_key, secrets.s3.secret_key)
        case "moto":
            moto = secrets.s3_classes
            return Keys(f"http://127.0.0.1:{ports.s3_classes}", moto.access_key, moto.secret_key)
        case "azure":
            azure = secrets.azure
            return Keys(f"http://127.0.0.1:{ports.azure}/{azure.account}", azure.account, azure.key)
        case "gcs":
            return Keys(f"http://127.0.0.1:{ports.gcs}", "cloudflow", "")


def open_bucket(server, keys, name):
    """Return a bucket as its plain SDK sees it; it need not exist."""
    match SERVERS[server]:
        case "s3":
            return S3Bucket(keys.url, keys.account, keys.secret, name)
        case "azure":
            return AzureBucket(keys.url, keys.account, keys.secret, name)
        case "gcs":
            return GcsBucket(keys.url, keys.account, name)


def make_bucket(stack, server, name):
    bucket = open_bucket(server, keys_of(stack, server), name)
    bucket.make()
    return bucket


def add_credential(stack, name, provider, keys):
    """Seal a credential; the secret travels in the environment, never on the command line."""
    words = ["credentials", "add", name, provider, "--owner", "team-docs", "--account", keys.account]
    words += ["--region", "us-east-1", "--endpoint-url", keys.url, "--secret-env", "THE_SECRET"]
    stack.cli(*words, THE_SECRET=keys.secret)
    return name


def add_location(stack, name, bucket, credential, *options):
    """Tell the platform where files lie and whose they are."""
    words = ["locations", "add", name, bucket, "--credential", credential, "--owner", "admin"]
    words += [word for prefix, owner in OWNERS.items() for word in ("--owners", f"{prefix}={owner}")]
    stack.cli(*words, *options)
    return name
