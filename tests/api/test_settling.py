"""What the API's process has loaded is left alone by the garbage collector."""

import gc

import pytest


@pytest.fixture
def settle():
    from cloudflow_plugin.api.settling import settle

    return settle


@pytest.fixture(autouse=True)
def _unfrozen():
    gc.unfreeze()
    yield
    gc.unfreeze()


def _is_walked_through(one: object) -> bool:
    return any(each is one for each in gc.get_objects())


def test_what_is_there_is_walked_through_no_more(settle):
    loaded = [[]]
    assert _is_walked_through(loaded)

    settle((0.0,)).join()

    assert not _is_walked_through(loaded)


def test_what_is_loaded_later_follows(settle):
    settle((0.0,)).join()
    loaded = [[]]
    assert _is_walked_through(loaded)

    settle((0.0, 0.0)).join()

    assert not _is_walked_through(loaded)


def test_garbage_is_collected_first(settle):
    class Loop:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            gone.append(True)

    gone: list[bool] = []
    Loop()

    settle((0.0,)).join()

    assert gone
