"""The copies of a bundle's files, proved, in the order they arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cloudflow_lib.domain.campaigns import BundleFile, Campaign
from cloudflow_lib.domain.objects import ObjectInfo
from cloudflow_lib.domain.uploads import BEGIN_WITHIN
from cloudflow_lib.errors import CloudFlowError, ObjectExistsError
from cloudflow_lib.transfer.bulk import BulkItem, BulkOptions, BulkOutcome, copy_many
from cloudflow_lib.transfer.ledger import Page
from cloudflow_lib.workflows.services import Services

MOST_COPIES_AHEAD = 500
"""
Copies that wait for their turn in the catalogue.

As many as it takes at one visit: copying never waits for it while it keeps up, and where it does not, the processor
time is its own until it has caught up. Else all copies come first, and then one process works while all others wait.
"""

TAKEN = "another file has its name at the destination: choose another prefix or remove it first"
ITSELF = "its destination seems to be the object itself: choose another prefix or bucket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One file with its copy, or with what was in the way."""

    file: BundleFile
    version: str | None = None
    proof: str | None = None
    notes: tuple[str, ...] = ()
    problem: CloudFlowError | None = None
    was_there: bool = False
    """As `BulkOutcome.was_there`."""


def copies_of(files: Iterable[BundleFile], campaign: Campaign, services: Services) -> Iterator[Copied]:
    """Copy *files*, many at once, and yield each when it is proved; one's problem does not stop the others."""
    by_key: dict[str, BundleFile] = {}

    def items() -> Iterator[BulkItem]:
        for file in files:
            by_key[file.key] = file
            yield BulkItem(
                source_key=file.key,
                source_version=file.version,
                size_bytes=file.size_bytes,
                target_key=file.target_key,
                storage_class=file.target_class,
            )

    source = services.open_end(campaign.source_location)
    target = services.open_end(campaign.destination_location)
    options = BulkOptions(
        patience_seconds=services.patience_seconds,
        most_outcomes=MOST_COPIES_AHEAD,
        page_of=lambda item: _page(by_key[item.source_key], campaign, services),
    )
    for outcome in copy_many(items(), source, target, options):
        file = by_key.pop(outcome.item.source_key)
        yield _copied(file, outcome, campaign, services)


def _page(file: BundleFile, campaign: Campaign, services: Services) -> Page:
    """Return the part ledger, open at one file of the campaign, whichever worker moves it."""
    return Page(
        ledger=services.catalog,
        migration_id=f"{campaign.campaign_id}/{file.file_id}",
        location_id=campaign.destination_location,
        clock=services.clock,
    )


def _copied(file: BundleFile, outcome: BulkOutcome, campaign: Campaign, services: Services) -> Copied:
    if outcome.failure is not None or outcome.info is None:
        return Copied(
            file=file, problem=outcome.failure or CloudFlowError("it was not copied; start the campaign again")
        )
    if outcome.was_there:
        if outcome.info.modified_at < campaign.opened_at - BEGIN_WITHIN:
            return Copied(file=file, problem=ObjectExistsError(TAKEN))
        try:
            if _may_be_its_source(file, outcome.info, campaign, services):
                return Copied(file=file, problem=ObjectExistsError(ITSELF))
        except CloudFlowError as error:
            return Copied(file=file, problem=error)
    return Copied(
        file=file, version=outcome.info.version, proof=outcome.proof, notes=outcome.notes, was_there=outcome.was_there
    )


def _may_be_its_source(file: BundleFile, met: ObjectInfo, campaign: Campaign, services: Services) -> bool:
    """
    Return whether the object that was met may be the source itself: two locations may lead to one bucket.

    Their addresses need not show that, as one server has many names. A copy made in the very second in which its
    source was written looks the same; it is refused as well.
    """
    if file.key != file.target_key:
        return False
    source, target = map(services.catalog.location, (campaign.source_location, campaign.destination_location))
    if (source.provider, source.bucket) != (target.provider, target.bucket):
        return False
    found = services.open_store(campaign.source_location).stat(file.key)
    return (found.version, found.modified_at) == (met.version, met.modified_at)
