"""Reads some files for real, as somebody else than the platform: the S3 server's own log tells of it."""

from __future__ import annotations

import hashlib
import json
import random
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from cloudflow_cli.demo.clouds import s3_client
from cloudflow_cli.demo.world import REGION, Place, World
from cloudflow_cli.stack.layout import write_private
from cloudflow_lib.errors import CloudFlowError

AGENT = "team-reports/1.0"
THREADS = 8
GETS, HEADS, LISTS = 300, 60, 20
CREATED, EXISTS = 201, 409


@dataclass(frozen=True, slots=True)
class Reader:
    """An access key that may read, and nothing else."""

    access_key: str
    secret_key: str


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was asked of the store."""

    gets: int
    heads: int
    lists: int
    read_bytes: int


def read_for_real(world: World, place: Place, keys: Sequence[str]) -> Traffic:
    """Read some of *keys*, some of them often, as a user of the S3 server who only may read."""
    reader = _ensure_reader(world, place)
    client = s3_client(place, reader.access_key, reader.secret_key, AGENT)
    favourites = sorted(keys)
    chance = random.Random(len(favourites))  # noqa: S311 - the same reads at each run, no secret
    chance.shuffle(favourites)
    weights = [1 / (rank + 1) for rank in range(len(favourites))]
    gets = chance.choices(favourites, weights, k=GETS)
    heads = chance.choices(favourites, k=HEADS)

    def get(key: str) -> int:
        return sum(len(piece) for piece in client.get_object(Bucket=place.bucket, Key=key)["Body"].iter_chunks(1 << 20))

    with ThreadPoolExecutor(THREADS) as pool:
        read_bytes = sum(pool.map(get, gets))
        list(pool.map(lambda key: client.head_object(Bucket=place.bucket, Key=key), heads))
        list(pool.map(lambda _: client.list_objects_v2(Bucket=place.bucket, MaxKeys=100), range(LISTS)))
    return Traffic(gets=GETS, heads=HEADS, lists=LISTS, read_bytes=read_bytes)


def _ensure_reader(world: World, place: Place) -> Reader:
    """Return the reader's key; the server forgets users between starts, so it is made known again."""
    reader = _kept_reader(world.reader_file)
    _create_user(world, place.endpoint_url, reader)
    _allow_reading(world, place, reader)
    return reader


def _kept_reader(file: Path) -> Reader:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = {"access_key": f"READER{secrets.token_hex(7).upper()}", "secret_key": secrets.token_urlsafe(30)}
        write_private(file, json.dumps(made) + "\n")
    return Reader(**json.loads(file.read_text()))


def _create_user(world: World, endpoint_url: str, reader: Reader) -> None:
    """Ask the S3 server for a user; one that is there already is fine."""
    import httpx
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    body = (
        f"<Account><Access>{escape(reader.access_key)}</Access><Secret>{escape(reader.secret_key)}</Secret>"
        "<Role>user</Role></Account>"
    ).encode()
    url = f"{endpoint_url}/create-user"
    request = AWSRequest("PATCH", url, {"x-amz-content-sha256": hashlib.sha256(body).hexdigest()}, body)
    root = world.secrets.s3_root
    SigV4Auth(Credentials(root.access_key, root.secret_key), "s3", REGION).add_auth(request)
    answer = httpx.patch(url, content=body, headers=dict(request.headers))
    if answer.status_code not in (CREATED, EXISTS):
        raise CloudFlowError(f"the S3 server made no user for reading: {answer.status_code} {answer.text[:200]}")


def _allow_reading(world: World, place: Place, reader: Reader) -> None:
    """Let *reader* read and list the bucket. Where a policy exists nothing else counts: so it names the owner too."""
    bucket = f"arn:aws:s3:::{place.bucket}"
    reading = {"Principal": {"AWS": [reader.access_key]}, "Action": ["s3:GetObject", "s3:ListBucket"]}
    owning = {"Principal": {"AWS": [place.account]}, "Action": ["s3:*"]}
    both = {"Effect": "Allow", "Resource": [bucket, f"{bucket}/*"]}
    policy = {"Version": "2012-10-17", "Statement": [both | reading, both | owning]}
    root = world.secrets.s3_root
    client = s3_client(place, root.access_key, root.secret_key, AGENT)
    client.put_bucket_policy(Bucket=place.bucket, Policy=json.dumps(policy))
