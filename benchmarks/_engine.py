"""
Our side of `benchmarks.transfer`: one process that lists a prefix and copies all of it, as a person would start it.

    python -m benchmarks._engine PREFIX TARGET_PREFIX

The two places come as JSON in `BENCH_SOURCE` and `BENCH_TARGET`. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from cloudflow_lib.adapters.stores.build import build_bulk_store, build_store
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.ports.stores import ObjectStore
from cloudflow_lib.transfer.bulk import BulkEnd, BulkItem, BulkOptions, BulkTotals, copy_many

CONNECTIONS = 256


def end_at(place: dict[str, str], *, single_class: bool) -> BulkEnd:
    """Open the bucket that *place* describes."""
    provider = Provider(place["provider"])
    location = Location(
        location_id=provider.value,
        provider=provider,
        bucket=place["bucket"],
        credential_id="bench",
        owner="team-docs",
        single_class=single_class,
    )
    credential = Credential(
        credential_id="bench",
        provider=provider,
        owner="team-docs",
        endpoint_url=place["url"],
        region="us-east-1",
        account=place["account"],
        sealed=b"",
    )
    secret: dict[str, str] = {name: place[name] for name in ("secret_access_key", "account_key") if name in place}

    def open_store() -> ObjectStore:
        return build_store(location, credential, secret, attempts=4)

    fast = build_bulk_store(location, credential, secret, connections=CONNECTIONS, open_store=open_store)
    return BulkEnd(fast=fast, open_store=open_store)


def found(source: BulkEnd, prefix: str, target_prefix: str) -> Iterator[BulkItem]:
    """List what is to be copied, page by page, while the first of it is copied already."""
    for page in source.fast.list_pages(prefix):
        for info in page:
            yield BulkItem(
                source_key=info.key,
                source_version=info.version,
                size_bytes=info.size_bytes,
                target_key=target_prefix + info.key.removeprefix(prefix),
                source_checksums=info.checksums,
            )


def main(prefix: str, target_prefix: str) -> None:
    """Copy, and tell how the copies were proved."""
    source = end_at(json.loads(os.environ["BENCH_SOURCE"]), single_class=True)
    target = end_at(json.loads(os.environ["BENCH_TARGET"]), single_class=True)
    options = BulkOptions(**{"carry_tags": False, **json.loads(os.environ.get("BENCH_OPTIONS", "{}"))})
    totals, proofs, errors = BulkTotals(), Counter[str](), []
    for outcome in copy_many(found(source, prefix, target_prefix), source, target, options, totals=totals):
        proofs[outcome.proof or "none"] += 1
        if outcome.error:
            errors.append(outcome.error)
    print(json.dumps({**asdict(totals), "proofs": proofs, "errors": errors[:5]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
