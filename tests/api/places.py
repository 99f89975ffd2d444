"""Locations and files for the tests of the resources."""

from __future__ import annotations

from uuid import uuid4

from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.domain.events import FileDiscovered
from cloudflow_lib.domain.facts import file_data
from cloudflow_lib.domain.files import CatalogFile, file_id_at
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.domain.objects import ObjectTraits
from tests.api.conftest import NOW, OTHER, OWNER


def add_place(catalog, stores, name="main", **changes):
    """A location whose `docs/` belongs to the owner and whose `media/` to the other one."""
    catalog.save_credential(Credential(credential_id="keys", provider=Provider.MEMORY, owner="admin", sealed=b""))
    values = {
        "location_id": name,
        "provider": Provider.MEMORY,
        "bucket": name,
        "credential_id": "keys",
        "owner": "admin",
        "owners": {"docs/": OWNER, "media/": OTHER},
    }
    location = Location(**{**values, **changes})
    catalog.save_location(location)
    stores[name] = MemoryStore(f"{name}-{uuid4()}")
    return location


def add_file(catalog, stores, key="docs/report.csv", data=b"0123456789", location="main", **changes):
    """A file with its object, owned as its location says."""
    info = stores[location].put(key, data, ObjectTraits(content_type=changes.pop("content_type", "text/csv")))
    values = {
        "file_id": file_id_at(location, key),
        "owner": catalog.location(location).owner_of(key),
        "location_id": location,
        "key": key,
        "size_bytes": len(data),
        "version": info.version,
        "storage_class": info.storage_class,
        "modified_at": info.modified_at,
        "content_type": info.content_type,
        "tier_since": NOW,
        "first_seen_at": NOW,
    }
    file = CatalogFile(**{**values, **changes})
    catalog.insert_files([(file, FileDiscovered(subject=file.file_id, user=file.owner, data=file_data(file)))])
    return file
