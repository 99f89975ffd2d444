"""The command line beside a catalogue and a store of its own."""

from __future__ import annotations

import base64
import json
import os
from uuid import uuid4

import pytest

from tests.cli.forks import run_forked
from tests.stack.running import OTHERS


@pytest.fixture
def keyring_file(tmp_path):
    path = tmp_path / "keyring.json"
    path.write_text(json.dumps({"active": "k1", "keys": {"k1": base64.b64encode(os.urandom(32)).decode()}}))
    path.chmod(0o600)
    return path


@pytest.fixture
def cloudflow(mongo_url, keyring_file):
    """`cloudflow` on a fresh catalogue."""
    environment = {
        "CLOUDFLOW_CONFIG": "/dev/null",
        "CLOUDFLOW_MONGO__URL": mongo_url,
        "CLOUDFLOW_MONGO__DATABASE": f"t{uuid4().hex}",
        "CLOUDFLOW_KEYRING__FILE": str(keyring_file),
        "CLOUDFLOW_NETWORK__ALLOWED": '["127.0.0.0/8"]',
    }
    return lambda *words, **more: run_forked(*words, **OTHERS, **environment, **more)
