"""The log that versitygw writes: raw keys, nothing quoted, and still no way to forge a record."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudflow_lib.adapters.access_logs.readers import read_log
from cloudflow_lib.adapters.access_logs.versitygw import VersityReader
from cloudflow_lib.domain.access import AccessKind, AccessRecord, BrokenLine

ODD_KEYS = [
    *("plain.txt", "a b/c d.txt", "a  two.txt", " lead", "trail ", "täst/ü€😀.txt", "plus+sign.txt", "pct%20lit.txt"),
    *("100%.txt", 'q"uote.txt', "it's.txt", "semi;colon", "amp&x=1", "quest?ion", "hash#x", "tab\tkey", "new\nline"),
    *("x /bkt/x", "y 200 - 0 0 0 0 -", "dot/x", "up", "dbl/slash", "-", "tilde~(par)[br]{c}", "back\\slash"),
    *("e=eq:col@at,comma!$*'", "ctrl\x01x", "star*"),
]
"""As the server stored them: it had been given `dot/./x`, `dots/../up` and `dbl//slash`."""


def written(key, *, status="200", operation="s3_GetObject", referer="-", agent="curl/8", request_id="REQ"):
    """Return the record that the server writes for *key*."""
    uri = "/bkt/" + quote(key.encode("utf-8", "surrogatepass"))
    text = (
        f"root bkt [23/November/2026:16:10:15 +0000] 127.0.0.1 root {request_id} {operation} {key} {uri} {status}"
        f" - 0 0 1 1 {referer} {agent} - host= SigV4 - AuthHeader s3.us-east-1.amazonaws.com -"
        f" arn:aws:s3:::/bkt/{key} Yes\n"
    )
    return text.encode("utf-8", "surrogatepass")


def read(data):
    return list(VersityReader().read_lines(data.splitlines(keepends=True)))


@pytest.fixture
def items(fixtures):
    with (fixtures / "versitygw.log").open("rb") as stream:
        return list(read_log(stream, "versitygw"))


def test_every_key_of_a_real_log_is_right(items):
    reads = [item.key for item in items if isinstance(item, AccessRecord) and item.kind is AccessKind.READ]

    assert [*ODD_KEYS, "a b/c d.txt", "a b/c d.txt"] == reads
    assert not [item for item in items if isinstance(item, BrokenLine)]


def test_what_failed_and_what_is_no_data_is_no_read(items):
    others = {item.operation for item in items if item.kind is AccessKind.OTHER}

    assert {"s3_CreateBucket", "s3_ListObjectsV2", "s3_ListAllMyBuckets", "s3_HeadObject", "s3_GetObject"} < others
    assert "nope here" in {item.key for item in items if item.kind is AccessKind.OTHER}


def test_writes_deletes_and_who_did_it(items):
    assert ["star*"] == [item.key for item in items if item.kind is AccessKind.DELETE]
    assert "copy of" in {item.key for item in items if item.kind is AccessKind.WRITE}
    assert {"root"} == {item.requester for item in items if item.kind is AccessKind.READ}
    assert all("cloudflow/0.1" in item.user_agent for item in items if item.kind is AccessKind.WRITE)


ANY_KEY = st.text(st.characters(exclude_characters="\x00\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), min_size=1).filter(
    lambda key: (
        "./" not in key
        and "//" not in key
        and not key.startswith("/")
        and key not in {".", ".."}
        and not key.endswith(("/.", "/.."))
    ),
)


@given(ANY_KEY)
@example("x /bkt/x")
@example("x /bkt/x 200 - 0 0 1 1 - a - host= SigV4 - AuthHeader h - arn:aws:s3:::/bkt/x")
@example("x /bkt/x 200 - 0 0 1 1 - a - host= SigV4 - AuthHeader h - arn:aws:s3:::/bkt/x Yes\nz")
def test_any_key_is_read_back(key):
    first, second = VersityReader().read_lines(
        [piece + b"\n" for piece in (written(key) + written("next")).split(b"\n")[:-1]],
    )

    assert key.encode("utf-8", "surrogatepass") == first.key.encode("utf-8", "surrogateescape")
    assert "next" == second.key


def test_a_record_forged_within_a_key_is_not_believed():
    forged = "x\n" + written("secret").decode().rstrip("\n")

    items = read(written(forged, operation="s3_PutObject"))

    assert [forged] == [item.key for item in items]
    assert [AccessKind.WRITE] == [item.kind for item in items]


def test_a_longer_key_forged_by_the_user_agent_is_not_believed():
    behind = "real /bkt/real 200 - 0 0 1 1 - a"
    agent = f"a /bkt/{quote(behind)} 200 - 0 0 1 1 - b - host= SigV4 x"

    (item,) = read(written("real", agent=agent))

    assert "real" == item.key


def test_a_record_cut_by_a_crash_costs_only_itself():
    cut = written("lost")[:120] + b"\n"

    items = read(cut + b"log starts 2026-11-23 16:09:57 +0000 UTC\n" + written("next") + written("one more"))

    assert ["next", "one more"] == [item.key for item in items if isinstance(item, AccessRecord)]
    assert 1 == len([item for item in items if isinstance(item, BrokenLine)])


def test_many_cut_records_and_much_behind_them_are_read_in_order():
    data = b"".join((written("lost")[:120] + b"\n" if n % 7 == 0 else written(f"k{n}")) for n in range(300))

    keys = [item.key for item in read(data) if isinstance(item, AccessRecord)]

    assert [f"k{n}" for n in range(300) if n % 7] == keys


@given(st.binary(max_size=300))
def test_no_bytes_stop_the_reader(data):
    items = read(data.replace(b"\n", b" ") + b"\n" + written("next"))

    assert "next" == items[-1].key
