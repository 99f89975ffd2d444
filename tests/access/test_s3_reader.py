"""S3 server access logs: what each line says, and what no client can make it say."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflow_lib.adapters.access_logs.readers import read_log
from cloudflow_lib.adapters.access_logs.s3 import S3Reader
from cloudflow_lib.domain.access import AccessKind, AccessRecord, BrokenLine

LINE = (
    'owner acme [21/Nov/2026:10:15:01 +0000] 192.0.2.3 who REQ REST.GET.OBJECT {key} "{request}" {status}'
    ' 10 10 4 2 "{referer}" "{agent}" - host= SigV4 - AuthHeader h TLSv1.2 - -'
)


@pytest.fixture
def items(fixtures):
    with (fixtures / "s3.log").open("rb") as stream:
        return list(read_log(stream, "s3"))


@pytest.fixture
def records(items):
    return {item.line_id.split()[0]: item for item in items if isinstance(item, AccessRecord)}


def read_one(line):
    (item,) = S3Reader().read_lines([line.encode("utf-8", "surrogateescape") + b"\n"])
    return item


def line(*, key="k", request="GET /acme/k HTTP/1.1", status="200 -", referer="-", agent="curl/8"):
    return LINE.format(key=key, request=request, status=status, referer=referer, agent=agent)


def test_the_key_is_decoded_twice(records):
    assert "a b+c%.txt" == records["R02"].key
    assert '"' == records["R03"].key
    assert "täst/😀.txt" == records["R12"].key


def test_only_answered_data_requests_are_reads(records):
    reads = {request for request, record in records.items() if record.kind is AccessKind.READ}

    assert {"R01", "R02", "R07", "R11", "R12", "R15", "R17", "R18"} == reads


def test_writes_and_deletes_are_told_apart(records, items):
    assert AccessKind.WRITE is records["R08"].kind
    deletes = [item for item in items if isinstance(item, AccessRecord) and item.kind is AccessKind.DELETE]
    assert ["old/1.txt", "old/2.txt"] == [item.key for item in deletes]
    assert 2 == len({item.line_id for item in deletes}), "rows of one multi-delete share the request id"
    assert AccessKind.OTHER is records["R10"].kind


def test_sizes_times_and_requesters(records):
    assert 4406583 == records["R01"].size_bytes
    assert 0 == records["R07"].size_bytes, "a dash is no byte"
    assert datetime(2026, 11, 21, 10, 15, 1, tzinfo=UTC) == records["R01"].at
    assert datetime(2026, 11, 22, 1, 0, tzinfo=UTC) == records["R17"].at, "other zones become UTC"
    assert records["R17"].requester is None
    assert "Boto3/1.44 cloudflow/0.1" == records["R11"].user_agent


def test_a_line_that_can_be_read_in_two_ways_is_broken(items):
    broken = [item for item in items if isinstance(item, BrokenLine)]

    assert ["R13", "R14"] == [item.line.split()[6] for item in broken if "ambiguous" in item.reason]
    assert 4 == len(broken), "the two forged ones, the unknown month and the cut line"


def test_bytes_that_are_no_utf8_survive(records):
    assert b"raw/\xff\xe4.txt" == records["R18"].key.encode("utf-8", "surrogateescape")


def test_old_short_lines_are_read(records):
    assert "short.txt" == records["R15"].key
    assert "S3Console/0.4" == records["R15"].user_agent


@given(st.text(min_size=1).filter(lambda key: "\x00" not in key))
def test_any_key_survives_its_double_encoding(key):
    encoded = quote(quote(key.encode("utf-8", "surrogatepass")))

    item = read_one(line(key=encoded, request=f"GET /acme/{quote(key.encode('utf-8', 'surrogatepass'))} HTTP/1.1"))

    assert key.encode("utf-8", "surrogatepass") == item.key.encode("utf-8", "surrogateescape")


@given(st.text(alphabet=st.sampled_from('" -0235ab\t'), max_size=60), st.sampled_from(["request", "referer", "agent"]))
def test_a_refused_request_never_counts_as_a_read(text, field):
    """Whatever a client writes into the fields that it controls, the refusal stays a refusal."""
    item = read_one(line(status="403 AccessDenied", **{field: f'x{text}" 200 - 5 5 5 5 "-" "{text}y'}))

    assert isinstance(item, BrokenLine) or item.kind is AccessKind.OTHER


@given(st.binary(max_size=300))
def test_no_bytes_stop_the_reader(data):
    good = line().encode()

    items = list(S3Reader().read_lines([*data.replace(b"\n", b" ").splitlines(keepends=True), good]))

    assert AccessKind.READ is items[-1].kind
