"""
Our side of `benchmarks.transfer`: one process that lists a prefix and copies all of it, as a person would start it.

    python -m benchmarks._engine PREFIX TARGET_PREFIX

The two places come as JSON in `BENCH_SOURCE` and `BENCH_TARGET`. Prints one JSON object.

    python -m benchmarks._engine --worker

is a worker as our executor keeps them: everything is imported, and each line on its input, a JSON object with
`words` and `variables`, is done by a fork of it. It answers each with `seconds`, `cpu_seconds`, `peak_mib`,
`status` and what was `told`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

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


def main(prefix: str, target_prefix: str) -> str:
    """Copy, and return as JSON how the copies were proved."""
    source = end_at(json.loads(os.environ["BENCH_SOURCE"]), single_class=True)
    target = end_at(json.loads(os.environ["BENCH_TARGET"]), single_class=True)
    options = BulkOptions(**{"carry_tags": False, **json.loads(os.environ.get("BENCH_OPTIONS", "{}"))})
    totals, proofs, errors = BulkTotals(), Counter[str](), []
    for outcome in copy_many(found(source, prefix, target_prefix), source, target, options, totals=totals):
        proofs[outcome.proof or "none"] += 1
        if outcome.error:
            errors.append(outcome.error)
    return json.dumps({**asdict(totals), "proofs": proofs, "errors": errors[:5]})


def work() -> None:
    """Do each line of the input in a fork of this process, which is warm as `WarmLocalExecutor` is."""
    from cloudflow_lib.adapters.stores.s3_client import load_service_model

    for module in ("bulk_s3", "bulk_azure", "bulk_gcs", "s3", "azure_blob", "gcs"):
        importlib.import_module(f"cloudflow_lib.adapters.stores.{module}")
    for module in ("aiohttp", "uvloop", "cloudflow_lib.transfer.copy"):
        importlib.import_module(module)
    load_service_model()
    gc.freeze()  # as the executor does before it forks: what is never collected is not copied either
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        with tempfile.TemporaryFile() as output:
            began = time.perf_counter()
            child = os.fork()
            if not child:
                _do(asked["words"], asked["variables"], output)
            _, status, usage = os.wait4(child, 0)
            seconds = time.perf_counter() - began
            output.seek(0)
            peak, _, told = output.read().decode().partition("\n")
        answer = {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mib": float(peak or 0)}
        print(json.dumps({**answer, "status": os.waitstatus_to_exitcode(status), "told": told}), flush=True)


def _do(words: list[str], variables: dict[str, str], output: BinaryIO) -> None:
    """Copy in this fork, and end it: the peak of its memory comes first, then what it told."""
    status = 1
    try:
        os.environ.update(variables)
        os.dup2(output.fileno(), 1)
        told = main(*words)
        lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
        peak_kib = next(int(words[1]) for words in lines if words[0] == "VmHWM:")
        output.write(f"{peak_kib / 1024}\n{told}".encode())
        output.flush()
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    if sys.argv[1:] == ["--worker"]:
        work()
    else:
        print(main(*sys.argv[1:]))
