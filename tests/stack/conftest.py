"""A whole stack for these tests, four places in it, and hands to put files there and to move them."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from uuid import uuid4

import pytest

from cloudflow_lib.workflows.scan_location import scan_location
from tests.stack.places import SERVERS, SINGLE_CLASS, Place, add_credential, add_location, keys_of, make_bucket
from tests.stack.running import ROOT, Stack, running_stack
from tests.stack.runs import Mailbox, start_run

FIRST_START_SECONDS = 900
"""The first start on a machine builds the servers' programs."""


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.timeout(FIRST_START_SECONDS))


@pytest.fixture(scope="session")
def stack(request):
    """The stack in CLOUDFLOW_TEST_HOME, if it is named there; otherwise one of our own, which ends with the tests."""
    if reused := os.environ.get("CLOUDFLOW_TEST_HOME"):
        yield Stack(home=Path(reused).absolute())
        return
    home = Path(tempfile.mkdtemp(prefix="cf-"))
    with running_stack(home) as stack:
        yield stack
    if request.session.testsfailed:
        warnings.warn(f"the logs of the stack are kept in {home / 'logs'}", stacklevel=1)
    else:
        stack.cli("down", "--forget")


@pytest.fixture(scope="module")
def plugins_on_the_path():
    """Airflow puts its plugins folder there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "plugins"))
        yield


@pytest.fixture(scope="session")
def suffix():
    """What makes the names of this session its own, in a stack that is used again and again."""
    return uuid4().hex[:6]


@pytest.fixture(scope="session")
def credentials(stack, suffix):
    """Server -> the credential that opens it."""
    return {
        server: add_credential(stack, f"{server}-{suffix}", provider, keys_of(stack, server))
        for server, provider in SERVERS.items()
    }


@pytest.fixture(scope="session")
def places(stack, credentials, suffix):
    """Server -> a place on it, where two teams have files."""
    found = {}
    for server, credential in credentials.items():
        name = f"{server}-{suffix}"
        bucket = make_bucket(stack, server, f"bucket-{name}")
        add_location(stack, name, bucket.name, credential, *(["--single-class"] if server in SINGLE_CLASS else []))
        found[server] = Place(name=name, bucket=bucket)
    return found


@pytest.fixture(scope="session")
def put_files(stack):
    """Put objects into a place with its plain SDK, scan it, and return name -> catalogued file."""

    def put(place, contents, *, owner="docs", prefix=None):
        prefix = prefix or f"{owner}/{uuid4().hex[:8]}/"
        for name, data in contents.items():
            place.bucket.put(prefix + name, data)
        bench = stack.services
        scan_location(place.name, catalog=bench.catalog, open_store=bench.open_store, clock=bench.clock)
        ids = bench.catalog.file_ids_at(place.name, [prefix + name for name in contents])
        by_id = {file.file_id: file for file in bench.catalog.files_by_id(list(ids.values()))}
        return {name: by_id[ids[prefix + name]] for name in contents}

    return put


@pytest.fixture(scope="session")
def mailbox(stack):
    """The mail catcher. Whatever was retried, killed or called back: no mail came twice."""
    box = Mailbox(stack)
    yield box
    ids = [mail["headers"]["message-id"] for mail in box.mails()]
    assert len(ids) == len(set(ids))


@pytest.fixture(scope="session")
def migrate(stack, mailbox):
    """Trigger `migrate_files` through Airflow's API."""

    def start(user, files, **request):
        return start_run(stack, mailbox, user, file_ids=[file.file_id for file in files], **request)

    return start
