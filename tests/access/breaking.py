"""A catalogue whose n-th call breaks, before or after it ran: the only way in which a process dies here."""

from __future__ import annotations


class CrashError(Exception):
    """The process dies at this point."""


class BreakingCatalog:
    """Pass every call on, and die at the n-th, `before` or `after` it took effect."""

    def __init__(self, catalog, on_call, moment):
        self._catalog = catalog
        self._on_call = on_call
        self._moment = moment
        self.calls = 0

    def __getattr__(self, name):
        method = getattr(self._catalog, name)

        def call(*args, **kwargs):
            self.calls += 1
            if self.calls == self._on_call and self._moment == "before":
                raise CrashError(name)
            result = method(*args, **kwargs)
            if self.calls == self._on_call:
                raise CrashError(name)
            return result

        return call
