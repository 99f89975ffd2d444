"""All opponents by name; a new policy becomes known to the backtest here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from cloudflow_lib.domain.prices_derived import MANAGED_RULES
from cloudflow_lib.errors import WrongInputError
from ml.backtest.policies.cloudflow import CloudFlow
from ml.backtest.policies.rules import AgeLifecycle, AllHot, LastAccess, Managed
from ml.backtest.policies.selector import Selector
from ml.backtest.policies.ski_rental import SkiRental
from ml.backtest.replay import Policy

POLICIES: Mapping[str, Callable[[], Policy]] = {
    "all_hot": AllHot,
    "age_lifecycle": AgeLifecycle,
    "last_access": LastAccess,
    "last_access_promote": partial(LastAccess, promote=True),
    **{rule.name: partial(Managed, rule) for rule in MANAGED_RULES},
    "ski_rental": SkiRental,
    "ski_rental_half": partial(SkiRental, factor=0.5),
    "selector": Selector,
    "cloudflow": CloudFlow,
}


def chosen(names: Sequence[str] | None) -> Mapping[str, Callable[[], Policy]]:
    """Return the policies of these names, or all; WrongInputError tells those that there are."""
    unknown = [name for name in names or () if name not in POLICIES]
    if unknown:
        raise WrongInputError(f"there is no policy {', '.join(unknown)}; there are {', '.join(POLICIES)}")
    return {name: POLICIES[name] for name in (names or POLICIES)}
