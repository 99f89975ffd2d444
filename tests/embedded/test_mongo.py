"""The server of MongoDB's protocol serves whoever has its password, and remembers as many answers as we tell it."""

import os
import subprocess
from contextlib import contextmanager
from uuid import uuid4

import pymongo
import pytest
from bson import Binary, Int64
from pymongo.errors import AutoReconnect, OperationFailure

from benchmarks._servers import free_port
from tests.embedded.conftest import SCRIPTS, START_SECONDS

pytestmark = pytest.mark.servers

REMEMBERED = 1000


@pytest.fixture
def serve(emulators, tmp_path):
    """Runs the server over one folder and yields its address."""
    port, login = free_port(), {"MONGO_USER": "cloudflow", "MONGO_PASSWORD": "a password"}

    @contextmanager
    def running():
        command = [emulators / "bin" / "python", SCRIPTS / "mongo.py", str(port), tmp_path / "mongo"]
        with subprocess.Popen(command, env={**os.environ, **login}) as server:
            try:
                yield f"127.0.0.1:{port}"
            finally:
                server.terminate()

    return running


def client_of(address, **login):
    patience = {"serverSelectionTimeoutMS": int(START_SECONDS * 1000), "directConnection": True}
    return pymongo.MongoClient(f"mongodb://{address}/", **patience, **login)


def test_it_asks_for_the_password_and_keeps_what_was_written(serve):
    for _ in range(2):
        with serve() as address:
            with client_of(address) as nobody, pytest.raises(OperationFailure):
                nobody.db.notes.insert_one({"_id": 1})
            another = {"username": "cloudflow", "password": "another"}
            with client_of(address, **another) as stranger, pytest.raises((OperationFailure, AutoReconnect)):
                stranger.db.notes.insert_one({"_id": 2})
            with client_of(address, username="cloudflow", password="a password") as owner:
                owner.db.notes.update_one({"_id": 3}, {"$inc": {"starts": 1}}, upsert=True)
                notes = list(owner.db.notes.find())

    assert [{"_id": 3, "starts": 2}] == notes


def test_it_remembers_the_answers_to_the_last_thousand_writes_and_no_more(serve):
    session = {"id": Binary(uuid4().bytes, 4)}
    with serve() as address, client_of(address, username="cloudflow", password="a password") as client:

        def is_done(number):
            """Insert a document, as a driver does that may have to repeat it, and say whether that is told as done."""
            insert = {"insert": "notes", "documents": [{"_id": number}], "lsid": session, "txnNumber": Int64(number)}
            return "writeErrors" not in client.db.command(insert)

        assert all(is_done(number) for number in range(REMEMBERED + 1))
        assert is_done(REMEMBERED)
        assert is_done(1)
        assert not is_done(0)  # forgotten: it is inserted again, and is there already
