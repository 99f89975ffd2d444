"""A rerun uploads what is missing, and nothing else."""

import hashlib

import pytest
from worlds import entry, file

from cloudflow_cli.demo.clouds import Seen
from cloudflow_cli.demo.uploads import PART_BYTES, Upload, plan_uploads, run_uploads
from cloudflow_lib.adapters.stores.build import build_store
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.errors import CloudFlowError

HERE = Seen(5, "STANDARD")


def planned(*, files=(), **seen):
    present = {name.replace("_", "-"): objects for name, objects in seen.items()}
    uploads = plan_uploads([entry()], {one.file_id: one for one in files}, present)
    return [(upload.location_id, upload.key, upload.storage_class) for upload in uploads]


def test_a_new_file_goes_where_it_starts():
    assert [("s3-main", "docs/a", None)] == planned(s3_main={})


def test_a_file_that_is_there_is_left_alone():
    assert [] == planned(files=[file()], s3_main={"docs/a": HERE})
    assert [] == planned(s3_main={"docs/a": HERE})


def test_a_file_that_was_migrated_is_looked_for_where_it_went():
    assert [] == planned(files=[file(now_at="azure-main")], s3_main={}, azure_main={"docs/a": HERE})


def test_a_server_that_forgot_a_file_gets_it_again_in_the_class_it_had():
    vanished = file(now_at="s3-archive", storage_class="GLACIER_IR", state=FileState.VANISHED)

    assert [("s3-archive", "docs/a", "GLACIER_IR")] == planned(files=[vanished], s3_archive={})


def test_half_a_file_is_uploaded_again():
    assert [("s3-main", "docs/a", None)] == planned(s3_main={"docs/a": Seen(3, "STANDARD")})


@pytest.fixture
def store():
    location = Location(location_id="m", provider=Provider.MEMORY, bucket="b", credential_id="c", owner="o")
    credential = Credential(credential_id="c", provider=Provider.MEMORY, owner="o", sealed=b"")
    return build_store(location, credential, {}, attempts=1)


def upload_of(path, sha256=None):
    data = path.read_bytes()
    found = entry(size_bytes=len(data)).model_copy(
        update={"path": str(path), "sha256": sha256 or hashlib.sha256(data).hexdigest()}
    )
    return Upload(entry=found, location_id="m", key=path.name, storage_class=None)


def test_small_and_large_files_arrive_as_they_are(tmp_path, store):
    (tmp_path / "small.txt").write_bytes(b"abc")
    (tmp_path / "large.bin").write_bytes(bytes(range(256)) * (PART_BYTES // 256 + 1))
    uploads = [upload_of(path) for path in tmp_path.iterdir()]
    told = []

    run_uploads(uploads, lambda _: store, told.append)

    for path in tmp_path.iterdir():
        info = store.stat(path.name)
        assert path.read_bytes() == b"".join(bytes(piece) for piece in store.read(path.name, version=info.version))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == sum(told)


def test_a_file_that_changed_meanwhile_is_not_uploaded(tmp_path, store):
    (tmp_path / "a").write_bytes(b"abc")

    with pytest.raises(CloudFlowError, match="changed while"):
        run_uploads([upload_of(tmp_path / "a", sha256="0" * 64)], lambda _: store, lambda _: None)
