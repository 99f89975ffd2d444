import pytest

from cloudflow_lib.errors import BucketNotFoundError, StoreUnavailableError
from tests.wire.answers import answer, azure_error, gcs_json, s3_error

S3_NS = "http://s3.amazonaws.com/doc/2006-03-01/"


def s3_page(*contents, encoded=False, token=None):
    entries = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2026-11-23T12:00:00.000Z</LastModified>"
        f"<ETag>&quot;v1&quot;</ETag><Size>5</Size><StorageClass>{tier}</StorageClass></Contents>"
        for key, tier in contents
    )
    rest = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    encoding = "<EncodingType>url</EncodingType>" if encoded else ""
    body = f'<ListBucketResult xmlns="{S3_NS}">{rest}{encoding}{entries}</ListBucketResult>'
    return answer(200, body, Content_Type="application/xml")


def azure_page(*names, marker=""):
    blobs = "".join(
        f"<Blob>{name}<Properties><Last-Modified>Mon, 23 Nov 2026 12:00:00 GMT</Last-Modified><Etag>v1</Etag>"
        "<Content-Length>5</Content-Length><AccessTier>Cool</AccessTier></Properties></Blob>"
        for name in names
    )
    body = f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
    return answer(200, body, Content_Type="application/xml")


def listed(store, *args, **named):
    return [info for page in store.list_pages(*args, **named) for info in page]


def test_s3_pages_follow_their_tokens(wire, s3):
    wire.will_answer(s3_page(("a", "STANDARD"), token="t+1"), s3_page(("b", "GLACIER")))

    found = listed(s3, "pre fix/", after="pre fix/0")

    assert [("a", "STANDARD"), ("b", "GLACIER")] == [(info.key, info.storage_class) for info in found]
    assert ("v1", 5, 2026) == (found[0].version, found[0].size_bytes, found[0].modified_at.year)
    first, second = wire.requests
    assert ("pre fix/", "pre fix/0", "url") == (
        first.args["prefix"],
        first.args["start-after"],
        first.args["encoding-type"],
    )
    assert ("pre fix/", "t+1") == (second.args["prefix"], second.args["continuation-token"])


def test_s3_names_are_decoded_only_if_the_server_encoded_them(wire, s3):
    wire.will_answer(s3_page(("a+b%2Bc%0A", "STANDARD"), encoded=True), s3_page(("a+b%2Bc", "STANDARD")))

    assert ["a b+c\n"] == [info.key for info in listed(s3)]
    assert ["a+b%2Bc"] == [info.key for info in listed(s3)]


def test_azure_pages_follow_their_markers(wire, azure):
    encoded = '<Name Encoded="true">c%EF%BF%BE%20d</Name>'
    wire.will_answer(azure_page("<Name>a</Name>", "<Name>b%20b</Name>", marker="m"), azure_page(encoded))

    found = listed(azure, after="a")

    assert ["b%20b", "c\ufffe d"] == [info.key for info in found]
    assert ("v1", 5, "Cool", 2026) == (
        found[0].version,
        found[0].size_bytes,
        found[0].storage_class,
        found[0].modified_at.year,
    )
    assert ("a", "m") == (wire.requests[0].args["startFrom"], wire.requests[1].args["marker"])


def test_gcs_pages_follow_their_tokens_and_ask_only_for_what_is_needed(wire, gcs):
    known = {"generation": "7", "size": "5", "updated": "2026-11-23T12:00:00Z", "storageClass": "NEARLINE"}
    wire.will_answer(
        gcs_json(items=[{"name": "a", **known}, {"name": "b", **known}], nextPageToken="t"),
        gcs_json(items=[{"name": "c", **known}]),
    )

    found = listed(gcs, after="a")

    assert [("b", "NEARLINE", "7"), ("c", "NEARLINE", "7")] == [
        (info.key, info.storage_class, info.version) for info in found
    ]
    first, second = wire.requests
    assert ("a", "1000", "t") == (first.args["startOffset"], first.args["maxResults"], second.args["pageToken"])
    assert "metadata" not in first.args["fields"]


@pytest.mark.parametrize("name", ["s3", "azure", "gcs"])
def test_a_listing_survives_a_busy_moment_between_pages(wire, request, name):
    store = request.getfixturevalue(name)
    known = {"generation": "7", "size": "5", "updated": "2026-11-23T12:00:00Z"}
    pages = {
        "s3": (s3_page(("a", "STANDARD"), token="t"), s3_error(503, "SlowDown"), s3_page(("b", "STANDARD"))),
        "azure": (
            azure_page("<Name>a</Name>", marker="m"),
            azure_error(503, "ServerBusy"),
            azure_page("<Name>b</Name>"),
        ),
        "gcs": (
            gcs_json(items=[{"name": "a", **known}], nextPageToken="t"),
            answer(503),
            gcs_json(items=[{"name": "b", **known}]),
        ),
    }
    wire.will_answer(*pages[name])

    assert ["a", "b"] == [info.key for info in listed(store)]


def test_a_listing_of_a_missing_bucket_says_so(wire, s3):
    wire.will_answer(s3_error(404, "NoSuchBucket"))

    with pytest.raises(BucketNotFoundError):
        listed(s3)


def test_a_listing_that_stays_impossible_is_given_up(wire, azure):
    wire.will_answer(*[azure_error(500, "InternalError") for _ in range(3)])

    with pytest.raises(StoreUnavailableError):
        listed(azure)
