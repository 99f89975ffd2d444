"""Short words for what every contract test does."""

from __future__ import annotations

from cloudflow_lib.domain.objects import ObjectTraits

PLAIN = ObjectTraits(content_type="text/plain")


def write(store, key, data=b"some bytes", traits=PLAIN):
    return store.put(key, data, traits)


def read_all(store, info, span=None):
    return b"".join(store.read(info.key, version=info.version, span=span))


def keys_of(store, prefix="", **options):
    return [info.key for page in store.list_pages(prefix, **options) for info in page]


def parts_of(store, data, how_many=3):
    """Cut *data* into parts this store takes."""
    size = max(store.capabilities.min_part_bytes, -(-len(data) // how_many))
    return [data[at : at + size] for at in range(0, len(data), size)]


def upload(store, key, data, traits=PLAIN, **options):
    """Send *data* in parts and join them."""
    name = store.begin_upload(key, traits)
    parts = [store.put_part(name, key, number, part) for number, part in enumerate(parts_of(store, data), start=1)]
    return store.finish_upload(name, key, parts, traits, **options)


def another_class(store):
    """Return a readable class, not the default one where there is a choice."""
    found = store.capabilities
    usable = [name for name in found.storage_classes if name not in {found.default_class, *found.archive_classes}]
    return usable[0] if usable else found.default_class
