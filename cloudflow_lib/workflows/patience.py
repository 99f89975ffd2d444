"""What a sweep goes on in spite of, and how long it asks locations that do not answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from cloudflow_lib.errors import CatalogUnavailableError, CloudFlowError, StoreUnavailableError

PATIENCE = 10
"""A location that does not answer so many times in a row is left alone until the next sweep."""

Ask = Literal["look", "removal", "last step", "upload"]


class Patience:
    """How often each location has not answered in a row: the silence of one is no reason to leave another alone."""

    def __init__(self) -> None:
        self._silences = Counter[tuple[Ask, str]]()

    def is_over(self, ask: Ask, location_id: str) -> bool:
        """Return whether the location is left alone by now."""
        return self._silences[ask, location_id] >= PATIENCE

    @contextmanager
    def asking(self, ask: Ask, location_id: str) -> Iterator[None]:
        """Count it when the location does not answer, and forget earlier silences when it does."""
        silences = self._silences.pop((ask, location_id), 0)
        try:
            yield
        except StoreUnavailableError:
            self._silences[ask, location_id] = silences + 1
            raise


@contextmanager
def going_on(problems: list[str], name: str) -> Iterator[None]:
    """
    Add what is in the way of one thing to *problems*, by its *name*, so that the next one has its turn.

    Raises:
        CatalogUnavailableError: The catalogue does not answer: no other one will fare better.
    """
    try:
        yield
    except CatalogUnavailableError:
        raise
    except CloudFlowError as error:
        problems.append(f"{name}: {error}")
