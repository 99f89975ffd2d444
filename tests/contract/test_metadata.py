from dataclasses import replace

import pytest

from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import UnsupportedError
from tests.contract.steps import PLAIN


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"team": "docs"},
        {"with-dash": "1", "with.dot": "2", "with_underscore": "3"},
        {"CamelCase": "kept", "camelcase": "another"},
        {"value": "Grüße aus Köln 😀", "padded": "  two  spaces  ", "empty": "", "lines": "one\ntwo"},
        {"schlüssel": "non-ascii key", "with space": "x", "1st": "digit first", "class": "keyword"},
        {"encoded-word": "=?UTF-8?B?w7w=?=", "percent": "100%25", "quote": '"a", \\b', "json": '{"a": [1]}'},
        {"cloudfloworiginals": "somebody else's"},
    ],
    ids=lambda metadata: ",".join(metadata)[:30].encode("ascii", "replace").decode() or "none",
)
def test_metadata_survives(store, metadata):
    store.put("file", b"x", replace(PLAIN, metadata=metadata))

    assert metadata == dict(store.traits("file").metadata)
    assert metadata == dict(store.stat("file").metadata)


def test_metadata_that_does_not_fit_is_refused(store):
    with pytest.raises(UnsupportedError, match="metadata"):
        store.put("file", b"x", replace(PLAIN, metadata={"long": "x" * (store.capabilities.max_metadata_bytes + 1)}))


def test_tags_survive_or_are_refused(store):
    traits = ObjectTraits(tags={"team": "docs and pages", "cost-centre": "a/b:c_1.2+3=4"})
    if not store.capabilities.has_tags:
        with pytest.raises(UnsupportedError, match="tags"):
            store.put("file", b"x", traits)
        return

    store.put("file", b"x", traits)

    assert traits.tags == dict(store.traits("file").tags)


def test_headers_survive(store):
    headers = {
        "content-encoding": "gzip",
        "cache-control": "no-cache, max-age=0",
        "content-disposition": 'attachment; filename="a b.txt"',
        "content-language": "de-CH",
    }

    store.put("file", b"x", replace(PLAIN, headers=headers))

    assert headers == dict(store.traits("file").headers)
