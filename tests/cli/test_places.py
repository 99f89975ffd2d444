"""What opens a store and where files lie, from the command line: kept only if it can be used."""

import json

import pytest

from tests.cli.answers import assert_one_line

S3 = ("credentials", "add", "s3", "s3", "--owner", "team-docs", "--secret-env", "THE_SECRET")
LOCATION = ("locations", "add", "place", "--credential", "s3", "--owner", "team-docs")


@pytest.fixture
def bucket(versitygw):
    return versitygw.bucket_of(versitygw.open_fresh())


@pytest.fixture
def keys(versitygw):
    """The words that name the server, and the secret that opens it."""
    words = ("--account", versitygw.account, "--endpoint-url", versitygw.url, "--region", "us-east-1")
    return words, versitygw.secret["secret_access_key"]


def listed(cloudflow, what="locations"):
    return json.loads(cloudflow(what, "list", "--json").stdout)


def test_a_location_that_cannot_be_opened_is_not_kept(cloudflow, keys, bucket):
    words, _ = keys
    assert 0 == cloudflow(*S3, *words, THE_SECRET="wrong").returncode

    answer = cloudflow(*LOCATION, bucket)
    assert 1 == answer.returncode
    assert_one_line(answer)
    assert [] == listed(cloudflow)
    assert 0 == cloudflow(*LOCATION, bucket, "--no-check").returncode
    assert ["place"] == [one["location_id"] for one in listed(cloudflow)]


def test_a_location_is_added_and_changed_but_keeps_its_bucket(cloudflow, keys, bucket):
    words, secret = keys
    cloudflow(*S3, *words, THE_SECRET=secret)

    assert "place" == json.loads(cloudflow(*LOCATION, bucket, "--json").stdout)["location_id"]
    assert json.loads(cloudflow("locations", "test", "place", "--json").stdout)["can_be_opened"]
    assert 0 == cloudflow(*LOCATION, bucket, "--owners", "docs/=team-media").returncode
    assert {"docs/": "team-media"} == listed(cloudflow)[0]["owners"]
    elsewhere = cloudflow(*LOCATION, "another-bucket", "--no-check")
    assert 2 == elsewhere.returncode
    assert_one_line(elsewhere)
    assert bucket == listed(cloudflow)[0]["bucket"]


def test_logs_that_nobody_can_read_are_refused_at_once(cloudflow, keys):
    words, secret = keys
    cloudflow(*S3, *words, THE_SECRET=secret)
    answer = cloudflow(*LOCATION, "bucket", "--no-check", "--logs", "sql=s3-logs:2026/")

    assert 2 == answer.returncode
    assert_one_line(answer)
    assert [] == listed(cloudflow)


@pytest.mark.parametrize("more", [(), ("--account", "a b"), ("--account", "key", "--sas")], ids=" ".join)
def test_what_opens_nothing_is_not_sealed(cloudflow, more):
    answer = cloudflow(*S3, *more, THE_SECRET="s3cr3t")

    assert 2 == answer.returncode
    assert_one_line(answer)
    assert [] == listed(cloudflow, "credentials")
