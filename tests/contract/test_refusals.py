import pytest

from cloudflow_lib.errors import AccessDeniedError, BucketNotFoundError, StoreUnavailableError
from tests.contract.steps import PLAIN, read_all, upload, write

CALLS = {
    "check_access": lambda store: store.check_access(),
    "list": lambda store: list(store.list_pages()),
    "stat": lambda store: store.stat("file"),
    "traits": lambda store: store.traits("file"),
    "read": lambda store: b"".join(store.read("file", version="1")),
    "put": lambda store: write(store, "file"),
    "upload": lambda store: upload(store, "file", b"x"),
    "copy": lambda store: store.copy_within("file", "copy", version="1"),
    "delete": lambda store: store.delete("file", if_version="1"),
}


@pytest.fixture(params=CALLS.values(), ids=CALLS)
def call(request):
    return request.param


def test_a_store_can_be_checked(store):
    store.check_access()


def test_wrong_credentials_are_named(remote, call):
    bucket = remote.bucket_of(remote.open_fresh())

    with pytest.raises(AccessDeniedError, match=f"{bucket}.*check the location's credential"):
        call(remote.open(bucket, has_wrong_secret=True))


def test_a_missing_bucket_is_named(remote, call):
    with pytest.raises(BucketNotFoundError, match=r"no-such-bucket.*create it"):
        call(remote.open("no-such-bucket"))


def test_a_server_that_is_away_is_named(remote, call):
    with pytest.raises(StoreUnavailableError, match=r"some-bucket.*try again later"):
        call(remote.unreachable().open("some-bucket", attempts=1))


def test_a_second_store_sees_what_the_first_wrote(server):
    first = server.open_fresh()
    info = first.put("file", b"some bytes", PLAIN)
    second = server.open(server.bucket_of(first))

    first.close()

    assert b"some bytes" == read_all(second, info)
