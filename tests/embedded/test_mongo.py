"""The server of MongoDB's protocol serves whoever has its password, keeps what was written, and no more than that."""

import os
import runpy
import subprocess
from contextlib import contextmanager, suppress

import psutil
import pymongo
import pytest
from pymongo.errors import AutoReconnect, OperationFailure
from pymongo.monitoring import CommandListener

from benchmarks._servers import free_port, running_mongo
from tests.embedded.conftest import SCRIPTS, START_SECONDS

pytestmark = pytest.mark.servers


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


def test_tests_and_measurements_run_the_very_server_of_the_stack_without_its_password(tmp_path):
    """One command line: what is measured without `--sync-on-commit` would be another server."""
    with running_mongo(tmp_path) as address:
        port = address.split(":")[2].split("/")[0]
        [words] = [words for words in command_lines() if "secantus" in words and port in words]
        with pymongo.MongoClient(address) as anybody:
            anybody.db.notes.insert_one({"_id": 1})

    script = runpy.run_path(str(SCRIPTS / "mongo.py"), run_name="mongo")
    assert script["command"](int(port), tmp_path / "mongo")[1:] == words[1:]


def command_lines():
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            yield process.cmdline()


class Numbered(CommandListener):
    """Notes the numbers of writes whose answers the server is to keep, should they have to be repeated."""

    def __init__(self):
        self.seen = []

    def started(self, event):
        if event.command_name == "insert":
            self.seen.append(event.command.get("txnNumber"))

    def succeeded(self, event):
        """Nothing to note."""

    failed = succeeded


def test_it_keeps_no_answers_since_no_driver_asks_it_to(serve):
    """It keeps ten thousand and walks through them twice at each write."""
    numbered = Numbered()
    login = {"username": "cloudflow", "password": "a password", "event_listeners": [numbered]}
    with serve() as address, client_of(address, **login) as client:
        client.db.notes.insert_one({"_id": 1})

    assert [None] == numbered.seen
