"""Large objects go behind others on the machine, and take nobody with them."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.transfer.copy import Job, stream_object
from cloudflow_lib.transfer.courtesy import BACKGROUND_NICENESS, go_behind_others
from cloudflow_lib.transfer.plan import CopyPlan, Route, cut

LOWEST = 19
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a priority for each thread")


def niceness():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


class Watched(MemoryStore):
    def __init__(self, name):
        super().__init__(name)
        self.seen = set()

    def put_part(self, *words, **named):
        self.seen.add(niceness())
        return super().put_part(*words, **named)


@on_linux
def test_parts_go_behind_others_and_who_asked_for_them_does_not():
    mine, source, target = niceness(), MemoryStore("courtesy-source"), Watched("courtesy-target")
    version = source.put("big", bytes(4096), ObjectTraits()).version
    job = Job(
        source=source,
        source_key="big",
        source_version=version,
        target=target,
        target_key="big",
        traits=ObjectTraits(),
        streams=2,
    )

    stream_object(CopyPlan(route=Route.PARTS, parts=cut(4096, 512)), job, lambda _copied: None)

    assert {min(LOWEST, mine + BACKGROUND_NICENESS)} == target.seen
    assert mine == niceness()


def test_where_it_is_forbidden_nothing_changes(monkeypatch):
    def forbidden(*_words):
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", forbidden)
    with ThreadPoolExecutor(1, initializer=go_behind_others) as pool:
        assert niceness() == pool.submit(niceness).result()


def test_elsewhere_no_process_is_touched_that_bears_the_number_of_a_thread(monkeypatch):
    asked = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "setpriority", lambda *words: asked.append(words))

    go_behind_others()

    assert not asked
