"""The search for secrets finds them, whatever they wear."""

from __future__ import annotations

import base64
import json
import zlib
from urllib.parse import quote

import pytest

from cloudflow_cli.stack.layout import Layout
from tests.security import places
from tests.security.needles import Needles
from tests.security.secret_sweep import CANARY, Search, search, verdict

SECRET = 's3cr3t/with+odd="chars\\'
LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ"
KEY_FILE = json.dumps(
    {"private_key": f"-----BEGIN PRIVATE KEY-----\n{LINE}\n-----END PRIVATE KEY-----\n", "x": "y" * 9}
)


@pytest.mark.parametrize(
    "worn",
    [
        SECRET.encode(),
        json.dumps({"a": SECRET}).encode(),
        quote(SECRET, safe="").encode(),
        base64.b64encode(SECRET.encode()),
        base64.urlsafe_b64encode(b"a" + SECRET.encode() + b"b"),
        base64.b64encode(b"ab" + SECRET.encode()),
        SECRET.encode().hex().encode(),
        zlib.compress(json.dumps([SECRET]).encode()),
        b"\\x" + zlib.compress(SECRET.encode()).hex().encode(),
    ],
)
def test_a_secret_is_found_whatever_it_wears(worn):
    assert {"s3"} == Needles({"s3": SECRET}).found_in(
        b"before " + worn if worn[:1] != b"x" and b"\\x" not in worn[:2] else worn
    )


def test_the_private_key_of_a_key_file_is_found_and_its_harmless_fields_are_not_looked_for():
    needles = Needles({"gcs": KEY_FILE})

    assert {"gcs"} == needles.found_in(json.dumps(KEY_FILE).encode())
    assert {"gcs"} == needles.found_in(LINE.encode())
    assert set() == needles.found_in(b"yyyyyyyyy -----BEGIN PRIVATE KEY-----")


def test_files_are_searched_across_the_borders_of_their_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "CHUNK", 64)
    monkeypatch.setattr(places, "OVERLAP", 32)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.log").write_bytes(b"." * 55 + SECRET.encode() + b"." * 100)
    found = search("logs", lambda: places.files(tmp_path), Needles({"s3": SECRET}))

    assert ["s3"] == list(found.found)
    assert found.problem is None


def test_processes_of_the_stack_are_searched_and_the_clouds_are_not(tmp_path):
    layout = Layout(root=tmp_path, home=tmp_path / "home")
    ours = f"CLOUDFLOW_HOME={layout.home}".encode()
    for number, words, environment in (
        (1, b"python\0-m\0airflow", ours + b"\0KEY=" + SECRET.encode()),
        (2, b"versitygw\0" + str(layout.home).encode(), b"ROOT_SECRET_KEY=" + SECRET.encode()),
        (3, b"somebody\0else", b"KEY=" + SECRET.encode()),
    ):
        folder = tmp_path / "proc" / str(number)
        folder.mkdir(parents=True)
        (folder / "cmdline").write_bytes(words)
        (folder / "environ").write_bytes(environment)
    found = search("processes", lambda: places.processes(layout, tmp_path / "proc"), Needles({"s3": SECRET}))

    assert {"s3": ["process 1 (python)"]} == found.found


def test_a_place_that_was_not_searched_is_no_proof():
    def broken():
        raise OSError("no route")
        yield

    well = Search("logs", pieces=1, found={CANARY: ["a.log"]})
    assert [] == verdict([well])
    assert ["Kafka was not searched: OSError: no route"] == verdict([well, search("Kafka", broken, Needles({}))])
    assert "empty" in verdict([well, search("Kafka", lambda: iter(()), Needles({}))])[0]
    assert "proves nothing" in verdict([Search("logs", pieces=1)])[0]
    leaked = Search("Kafka", pieces=1, found={"s3-main.secret": ["topic/0/1"]})
    assert ["s3-main.secret lies in Kafka: topic/0/1"] == verdict([well, leaked])
