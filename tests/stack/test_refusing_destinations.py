"""Destinations that refuse: one clear line per file, one mail per run, and whatever can arrive does."""

import json
import subprocess
import time
from contextlib import contextmanager
from uuid import uuid4

import pytest

from cloudflow_cli.stack.ports import is_taken
from cloudflow_lib.domain.migrations import MigrationState
from tests import servers
from tests.stack.clouds import S3Bucket
from tests.stack.places import Keys, Place, add_credential, add_location, keys_of, make_bucket

DISK_BYTES = 4 * 1024 * 1024
TOO_BIG = b"x" * (6 * 1024 * 1024)
SMALL = b"Small enough."


@pytest.fixture
def sources(places, put_files):
    """Three small files and a big one."""
    return put_files(
        places["azure"], {"a.txt": SMALL, "b.txt": SMALL, "held/c.txt": SMALL, "big.bin": TOO_BIG}, owner="docs"
    )


def test_a_destination_with_wrong_credentials_gets_nothing(stack, places, sources, migrate, suffix):
    keys = keys_of(stack, "s3")
    credential = add_credential(stack, f"wrong-{suffix}", "s3", Keys(keys.url, keys.account, "not the secret"))
    target = add_location(
        stack, f"wrong-{suffix}", places["s3"].bucket.name, credential, "--single-class", "--no-check"
    )

    run = migrate("team-docs", sources.values(), destination_location=target, quarantine_days=0)

    assert_refused(run, places["azure"], sources, refused=set(sources), reason="credential")


def test_a_missing_bucket_gets_nothing(stack, places, sources, credentials, migrate, suffix):
    target = add_location(stack, f"gone-{suffix}", f"gone-{suffix}", credentials["s3"], "--single-class", "--no-check")

    run = migrate("team-docs", sources.values(), destination_location=target, quarantine_days=0)

    assert_refused(run, places["azure"], sources, refused=set(sources), reason="no such bucket")


def test_a_full_disk_takes_what_fits(tiny_disk, places, sources, migrate):
    run = migrate("team-docs", sources.values(), destination_location=tiny_disk.name, quarantine_days=0)

    # A small one that meets a disk which the first bytes of the big one fill for a moment is tried again.
    assert_refused(run, places["azure"], sources, refused={"big.bin"}, reason="no room")
    assert tiny_disk.bucket.keys() == sorted(file.key for name, file in sources.items() if name != "big.bin")


def test_a_policy_that_denies_one_folder_lets_the_others_in(stack, places, sources, credentials, migrate, suffix):
    bucket = make_bucket(stack, "s3", f"denied-{suffix}")
    deny_writing(stack, bucket, sources["held/c.txt"].key)
    target = add_location(stack, f"denied-{suffix}", bucket.name, credentials["s3"], "--single-class")

    run = migrate("team-docs", sources.values(), destination_location=target, quarantine_days=0)

    assert_refused(run, places["azure"], sources, refused={"held/c.txt"}, reason="permission")
    assert bucket.keys() == sorted(file.key for name, file in sources.items() if name != "held/c.txt")


def test_a_name_that_is_taken_and_a_source_that_vanished_stop_only_their_own_files(places, sources, migrate):
    places["gcs"].bucket.put(sources["a.txt"].key, b"Somebody was here first.")
    places["azure"].bucket.delete(sources["b.txt"].key)

    run = migrate("team-docs", sources.values(), destination_location=places["gcs"].name, quarantine_days=7)

    assert run.wait() == "failed"
    moves = run.migrations
    assert "already has an object named" in moves[sources["a.txt"].key].error
    assert moves[sources["b.txt"].key].state is MigrationState.FAILED
    assert moves[sources["held/c.txt"].key].state is moves[sources["big.bin"].key].state is MigrationState.DONE
    assert places["gcs"].bucket.get(sources["a.txt"].key) == b"Somebody was here first."
    assert places["azure"].bucket.get(sources["a.txt"].key) == SMALL
    assert_one_mail(run, {"a.txt": sources["a.txt"], "b.txt": sources["b.txt"]})


def assert_refused(run, source, files, *, refused, reason):
    """The refused ones failed with one line each and lie untouched; the others are done and gone from here."""
    assert run.wait() == "failed"
    moves = run.migrations
    for name, file in files.items():
        move = moves[file.key]
        if name in refused:
            assert move.state is MigrationState.FAILED
            assert reason in move.error
            assert "\n" not in move.error
            assert source.bucket.get(file.key) in (SMALL, TOO_BIG)
        else:
            assert move.state is MigrationState.DONE, move.error
            assert source.bucket.get(file.key) is None
    assert_one_mail(run, {name: files[name] for name in refused})
    with run.stack.airflow() as airflow:
        assert airflow.run("migrate_files", run.run_id)["state"] == "failed"


def assert_one_mail(run, refused):
    (mail,) = run.mails()
    problems = [line for line in mail["text"].splitlines() if line.startswith("- ")]
    assert len(problems) == len(refused)
    for file in refused.values():
        assert 1 == sum(file.key in line for line in problems)
        assert run.migrations[file.key].error in mail["text"]


def deny_writing(stack, bucket, key):
    """Let a bucket policy refuse one object; the platform's user obeys policies."""
    keys = keys_of(stack, "s3")
    everything = [f"arn:aws:s3:::{bucket.name}", f"arn:aws:s3:::{bucket.name}/*"]
    rules = [("Allow", "s3:*", everything), ("Deny", "s3:PutObject", f"arn:aws:s3:::{bucket.name}/{key}")]
    statements = [
        {"Effect": effect, "Principal": {"AWS": [keys.account]}, "Action": action, "Resource": resource}
        for effect, action, resource in rules
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    bucket.client.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy))


@pytest.fixture
def tiny_disk(stack, tmp_path, suffix):
    """A location on an S3 server whose disk holds 4 MiB and really is full after that."""
    keys = Keys(f"http://127.0.0.1:{(port := servers.free_port())}", "tiny", uuid4().hex)
    with server_on_a_tiny_disk(stack, port, keys, tmp_path):
        bucket = S3Bucket(keys.url, keys.account, keys.secret, "tiny")
        bucket.make()
        credential = add_credential(stack, f"tiny-{suffix}", "s3", keys)
        name = add_location(stack, f"tiny-{suffix}", bucket.name, credential, "--single-class")
        yield Place(name=name, bucket=bucket)


@contextmanager
def server_on_a_tiny_disk(stack, port, keys, folder):
    """Run versitygw in a mount namespace of its own: the disk ends with the process, whatever happens."""
    mount = f"mount -t tmpfs -o size={DISK_BYTES} tmpfs {folder} && exec"
    command = f"{mount} {stack.program('s3')} --port 127.0.0.1:{port} --quiet posix {folder}"
    process = subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", command],
        env={"ROOT_ACCESS_KEY": keys.account, "ROOT_SECRET_KEY": keys.secret, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )
    try:
        until = time.monotonic() + 30
        while not is_taken(port):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)
