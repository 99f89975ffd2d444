from uuid import uuid4

import pytest

from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.errors import CatalogUnavailableError, ObjectNotFoundError, StoreUnavailableError
from cloudflow_lib.testing.tripwire import Tripwire
from tests.contract.steps import PLAIN


@pytest.fixture
def plain():
    return MemoryStore(uuid4().hex)


def test_a_call_that_never_arrived_changed_nothing(plain):
    wired = Tripwire(on_call=1, moment="before").wrap(plain)

    with pytest.raises(StoreUnavailableError, match="before call 1, put"):
        wired.put("file", b"x", PLAIN)
    with pytest.raises(ObjectNotFoundError):
        plain.stat("file")


def test_a_call_whose_answer_got_lost_has_worked(plain):
    wired = Tripwire(on_call=1, moment="after").wrap(plain)

    with pytest.raises(StoreUnavailableError, match="after call 1, put"):
        wired.put("file", b"x", PLAIN)
    assert 1 == plain.stat("file").size_bytes


def test_only_the_one_call_breaks_and_all_are_counted(plain):
    tripwire = Tripwire(on_call=2)
    first, second = tripwire.wrap(plain), tripwire.wrap(plain)

    first.put("file", b"x", PLAIN)
    assert not tripwire.has_tripped
    with pytest.raises(StoreUnavailableError):
        second.stat("file")
    second.stat("file")

    assert ["put", "stat", "stat"] == tripwire.calls
    assert tripwire.has_tripped


def test_a_stream_breaks_at_its_end(plain):
    info = plain.put("file", b"some bytes", PLAIN)
    wired = Tripwire(on_call=1, moment="after").wrap(plain)
    stream = wired.read("file", version=info.version)

    assert b"some bytes" == next(stream)
    with pytest.raises(StoreUnavailableError):
        next(stream)
    assert b"some bytes" == b"".join(wired.read("file", version=info.version))


def test_properties_pass_without_being_counted(plain):
    tripwire = Tripwire(on_call=1, error=CatalogUnavailableError)

    assert plain.capabilities == tripwire.wrap(plain).capabilities
    assert [] == tripwire.calls
    with pytest.raises(CatalogUnavailableError):
        tripwire.wrap(plain).check_access()
