"""The copies of a bundle's files, proved, in the order they arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

from cloudflow_lib.domain.campaigns import BundleFile, Campaign
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.transfer.copy import stream_object
from cloudflow_lib.transfer.jobs import Job
from cloudflow_lib.transfer.plan import fit_traits, plan_copy
from cloudflow_lib.transfer.verify import prove_copy
from cloudflow_lib.workflows.services import Services

AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One file with its copy, or with what was in the way."""

    file: BundleFile
    version: str | None = None
    proof: str | None = None
    notes: tuple[str, ...] = ()
    problem: CloudFlowError | None = None


def copies_of(files: Iterable[BundleFile], campaign: Campaign, services: Services) -> Iterator[Copied]:
    """Copy *files*, many at once, and yield each when it is proved; one's problem does not stop the others."""
    todo = iter(files)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="copy") as pool:
        in_flight: set[Future[Copied]] = set()
        while True:
            fresh = islice(todo, AT_ONCE - len(in_flight))
            in_flight |= {pool.submit(_copy, file, campaign, services) for file in fresh}
            if not in_flight:
                return
            done, in_flight = wait(in_flight, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)


def _copy(file: BundleFile, campaign: Campaign, services: Services) -> Copied:
    try:
        source = services.open_store(campaign.source_location)
        target = services.open_store(campaign.destination_location)
        plan = plan_copy(
            file.size_bytes, target.capabilities, in_place=False, same_account=False, part_bytes=services.part_bytes
        )
        traits, notes = fit_traits(source.traits(file.key), target.capabilities, file.target_class)
        job = Job(
            source=source,
            source_key=file.key,
            source_version=file.version,
            target=target,
            target_key=file.target_key,
            traits=traits,
            streams=services.streams_per_object,
        )
        info, digest = stream_object(plan, job, lambda _: None)
        proof = prove_copy(target, file.target_key, info.version, digest)
        return Copied(file=file, version=info.version, proof=proof, notes=notes)
    except CloudFlowError as error:
        return Copied(file=file, problem=error)
