"""Where a file that somebody sends goes, and how it becomes a file of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from cloudflow_lib.domain.facts import file_uploaded
from cloudflow_lib.domain.files import CatalogFile, FileState, file_id_at
from cloudflow_lib.domain.incoming import check_metadata, check_name
from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ObjectInfo, ObjectTraits
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import (
    CorruptDataError,
    LostRaceError,
    NotAllowedError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    WrongInputError,
)
from cloudflow_lib.ports.catalogs import FileChange
from cloudflow_lib.ports.stores import ObjectStore
from cloudflow_lib.transfer.verify import prove_info
from cloudflow_lib.workflows.keep_locations import seen_location
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.user_limits import Room, room_of

TRIES = 3
TOLD = (
    "version",
    "size_bytes",
    "storage_class",
    "modified_at",
    "content_type",
    "tier_reasons",
    "tier_since",
    "placed_at",
)
"""What an upload tells of a file that the catalogue knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadWish:
    """What somebody wants to send."""

    user: str
    location_id: str
    name: str
    """The key behind the prefix of the location."""
    content_type: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    replaces: str | None = None
    """The version of the file that this one takes the place of; None: there must be no file of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPlan:
    """What a wish means."""

    location_id: str
    key: str
    owner: str
    traits: ObjectTraits
    replaces: str | None = None

    def room(self, services: Services) -> Room:
        """Return how large the file may be, for what its owner may have."""
        place = (self.location_id, self.key) if self.replaces is not None else None
        return room_of(self.owner, services, replaces=place)


def plan_upload(wish: UploadWish, services: Services) -> UploadPlan:
    """
    Decide where the file goes and what travels with it.

    A name outside of what the user owns at the location goes below their own prefix there.

    Raises:
        NotFoundError: There is no such location for this user.
        WrongInputError: The name, the type or the metadata is not as it should be.
        ObjectExistsError: There is a file of that name, and the wish does not say that it is to be replaced.
    """
    location = seen_location(wish.location_id, wish.user, services)
    key = location.prefix + check_name(wish.name)
    if not services.may_touch(wish.user, location.owner_of(key)):
        own = [prefix for prefix, owner in location.owners.items() if owner == wish.user]
        key = min(own, key=len) + wish.name if own else key
    check_name(key)
    if not services.may_touch(wish.user, owner := location.owner_of(key)):
        raise NotAllowedError(f"{key!r} belongs to somebody else: choose another folder")
    store = services.open_store(location.location_id)
    wanted = location.class_for(Tier.WARM)
    known = store.capabilities.storage_classes
    traits = ObjectTraits(
        content_type=services.upload_limits.type_of(wish.name, wish.content_type),
        metadata=dict(check_metadata(wish.metadata)),
        storage_class=wanted if wanted in known else store.capabilities.default_class,
    )
    _require_free(store, key, wish.replaces)
    return UploadPlan(location_id=location.location_id, key=key, owner=owner, traits=traits, replaces=wish.replaces)


def _require_free(store: ObjectStore, key: str, replaces: str | None) -> None:
    """Look before the bytes come; the write itself asks again."""
    try:
        found = store.stat(key)
    except ObjectNotFoundError:
        if replaces is not None:
            raise ObjectChangedError(f"there is no {key!r} to replace: send it as a new file") from None
        return
    if replaces is None:
        raise ObjectExistsError(f"there is a file {key!r} already: choose another name, or say that it is replaced")
    if found.version != replaces:
        raise ObjectChangedError(f"{key!r} was changed since: look at it again before replacing it")


def require_unchanged(plan: UploadPlan, services: Services) -> None:
    """Raise ObjectChangedError if what is to be replaced was changed while its successor came in."""
    if plan.replaces is not None:
        _require_free(services.open_store(plan.location_id), plan.key, plan.replaces)


def catalogue_upload(
    plan: UploadPlan, info: ObjectInfo, digest: Digest, services: Services, *, event_id: str | None = None
) -> CatalogFile:
    """
    Prove that what was stored is what came in, and catalogue it as warm, with its event in the same write.

    With *event_id* it may be done again after a crash: consumers know the second event by its id.

    Raises:
        CorruptDataError: The store holds other bytes; they were removed.
    """
    store = services.open_store(plan.location_id)
    try:
        proof = prove_info(store, info, digest)
    except CorruptDataError:
        with suppress(ObjectChangedError, ObjectNotFoundError):
            store.delete(plan.key, if_version=info.version)
        raise CorruptDataError(f"{plan.key!r} did not arrive as it was sent: send it again") from None
    now = services.clock()
    file = CatalogFile(
        file_id=file_id_at(plan.location_id, plan.key),
        owner=plan.owner,
        location_id=plan.location_id,
        key=plan.key,
        size_bytes=info.size_bytes,
        version=info.version,
        storage_class=info.storage_class,
        modified_at=info.modified_at,
        content_type=info.content_type or plan.traits.content_type,
        tier_reasons=("new files start warm",),
        tier_since=now,
        first_seen_at=now,
        placed_at=now,
    )
    for _ in range(TRIES):
        if services.catalog.insert_files([(file, file_uploaded(file, digest, proof, event_id=event_id))]):
            break
        if _bring_up_to_date(file, digest, proof, services, event_id):
            break
    else:
        raise LostRaceError(f"{plan.key!r} arrived, but its record does not come to rest: scan the location")
    return services.catalog.file(services.catalog.file_ids_at(plan.location_id, [plan.key])[plan.key])


def _bring_up_to_date(file: CatalogFile, digest: Digest, proof: str, services: Services, event_id: str | None) -> bool:
    """Make the record that has the address tell of the new bytes: it vanished before, a scan was faster, or both."""
    known = services.catalog.file_ids_at(file.location_id, [file.key]).get(file.key)
    if known is None:
        return False
    old = services.catalog.file(known)
    if old.migration_id is not None:
        raise WrongInputError(f"{file.key!r} is being migrated: wait for its end, then send it again")
    told = {name: getattr(file, name) for name in TOLD}
    change = FileChange(
        file_id=known,
        expected_version=old.version,
        expected_tier=old.tier,
        changed={**told, "tier": Tier.WARM, "state": FileState.PRESENT},
        event=file_uploaded(file, digest, proof, file_id=known, event_id=event_id),
        expected_place=(file.location_id, file.key),
    )
    return services.catalog.update_files([change]) == 1
