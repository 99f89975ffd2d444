"""Azure and GCS logs: what each line says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflow_lib.adapters.access_logs.azure import AzureClassicReader, AzureResourceReader
from cloudflow_lib.adapters.access_logs.gcs import GcsReader
from cloudflow_lib.adapters.access_logs.readers import dialect_named, read_log
from cloudflow_lib.domain.access import AccessKind, AccessRecord, BrokenLine, OwnTraffic
from cloudflow_lib.errors import WrongInputError


@pytest.fixture
def read(fixtures):
    def read_fixture(name, dialect):
        with (fixtures / name).open("rb") as stream:
            items = list(read_log(stream, dialect))
        records = {item.line_id: item for item in items if isinstance(item, AccessRecord)}
        return records, [item for item in items if isinstance(item, BrokenLine)]

    return read_fixture


def reads_of(records):
    return {line_id for line_id, record in records.items() if record.kind is AccessKind.READ}


def test_classic_azure_lines_tell_reads(read):
    records, broken = read("azure.log", "azure")

    assert {"A01 0", "A02 0", "A06 1", "A07 0", "A08 0"} == reads_of(records)
    assert 2 == len(broken), "the quote that never closes and the unknown version"


def test_classic_azure_names_are_the_real_ones(read):
    records, _ = read("azure.log", "azure")

    assert ("media", "clips/intro.mp4") == (records["A01 0"].bucket, records["A01 0"].key)
    assert "a b;c+%.txt" == records["A02 0"].key, "percent codes and HTML entities are undone once each"
    assert "clips/in tro.mp4" == records["A06 1"].key, "a copy reads its source, not its target"
    assert "path style.txt" == records["A08 0"].key, "the account in the path is no container"


def test_classic_azure_times_sizes_and_people(read):
    records, _ = read("azure.log", "azure")

    assert datetime(2026, 11, 21, 10, 15, 1, 123456, tzinfo=UTC) == records["A01 0"].at
    assert 1000 == records["A01 0"].size_bytes
    assert "11111111-2222-3333-4444-555555555555" == records["A07 0"].requester
    assert 'x "y"; z' == records["A02 0"].user_agent
    assert OwnTraffic().is_own(records["A07 0"])
    assert AccessKind.DELETE is records["A10 0"].kind


def test_azure_resource_logs_tell_reads(read):
    records, broken = read("azure_resource.json", "azure-resource")

    assert {"J1 0", "J4 0"} == reads_of(records)
    assert ("media", "a b;c+%.txt", "o-1") == (records["J1 0"].bucket, records["J1 0"].key, records["J1 0"].requester)
    assert AccessKind.WRITE is records["J3 0"].kind, "a status may come as text"
    assert 3 == len(broken)


def test_gcs_lines_tell_reads(read):
    records, broken = read("gcs.csv", "gcs")

    assert {"G01", "G02", "G07", "G08", "G11"} == reads_of(records)
    assert "events/2026/part 1,2.csv" == records["G01"].key
    assert "v1/集+%20.json" == records["G02"].key, "the object's name is not encoded"
    assert AccessKind.OTHER is records["G06"].kind, "metadata alone is no read"
    assert datetime(2026, 11, 21, 10, 15, 1, 123456, tzinfo=UTC) == records["G01"].at
    assert 4 == len(broken), "the forged line, the short one, the foreign header and the wrong time"
    assert "v1/forged" not in {record.key for record in records.values()}


def test_gcs_columns_follow_the_header():
    lines = [
        b'"s_request_id","cs_bucket","cs_object","time_micros","sc_status","sc_bytes","cs_uri","cs_user_agent","cs_operation"\n',
        b'"G1","b","k","1795256101000000","200","5","/b/k","curl","GET_Object"\n',
    ]
    # The first column is another one, so the header is only known by its place in the file.
    swapped = [
        line.replace(
            b'"s_request_id","cs_bucket","cs_object","time_micros"',
            b'"time_micros","s_request_id","cs_bucket","cs_object"',
        )
        for line in lines
    ]
    swapped[1] = b'"1795256101000000","G1","b","k","200","5","/b/k","curl","GET_Object"\n'

    (record,) = GcsReader().read_lines(swapped)

    assert ("b", "k", "G1") == (record.bucket, record.key, record.line_id)


@pytest.mark.parametrize("reader", [AzureClassicReader, AzureResourceReader, GcsReader])
@given(data=st.binary(max_size=300))
def test_no_bytes_stop_a_reader(reader, data):
    for item in reader().read_lines([*data.splitlines(keepends=True), b"\x00\xff;;;{\n"]):
        assert isinstance(item, AccessRecord | BrokenLine)


@given(st.text(max_size=200))
def test_no_json_stops_the_resource_reader(text):
    import json

    for value in (text, [text], {text: text}, {"properties": text, "uri": text}, {"time": text, "statusCode": text}):
        (item,) = AzureResourceReader().read_lines([json.dumps(value).encode() + b"\n"])
        assert isinstance(item, BrokenLine)


def test_an_unknown_dialect_says_which_there_are():
    with pytest.raises(WrongInputError, match="choose from s3, versitygw, azure, azure-resource, gcs"):
        dialect_named("minio")
