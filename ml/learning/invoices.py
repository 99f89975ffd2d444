"""
What an account really pays: invoices explained by the meters, with no negative price.

A contract's cost is linear in usage, and the price book knows the list prices. The factor on each
meter that explains past invoices best is the discount (below 1) or what the meters miss (above 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from cloudflow_lib.errors import WrongInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFit:
    """Factors on the list prices, and how much of the invoices they leave unexplained."""

    factors: Mapping[str, float]
    """Meter -> what is paid of its list price: 0.9 is a discount of a tenth."""
    residuals: tuple[float, ...]
    """Invoice less explanation, in dollars, in the order given."""
    explained: float
    """The share of the invoices' total that is explained, up to 1."""


def fit_invoices(invoices: Sequence[float], at_list_prices: Sequence[Mapping[str, float]]) -> InvoiceFit:
    """Return the factors that explain *invoices* best from what each meter would cost at list prices."""
    if len(invoices) != len(at_list_prices) or not invoices:
        raise WrongInputError("every invoice needs what its meters cost at list prices, and one is needed at least")
    meters = sorted({meter for month in at_list_prices for meter in month})
    if len(invoices) < len(meters):
        raise WrongInputError(f"{len(meters)} meters need as many invoices, there are {len(invoices)}")
    table = np.array([[month.get(meter, 0.0) for meter in meters] for month in at_list_prices])
    paid = np.asarray(invoices, float)
    scale = np.maximum(table.max(axis=0), 1e-12)  # meters differ by a factor of a million
    factors, _ = nnls(table / scale, paid)
    factors = factors / scale
    residuals = paid - table @ factors
    return InvoiceFit(
        factors=dict(zip(meters, map(float, factors), strict=True)),
        residuals=tuple(map(float, residuals)),
        explained=float(1 - np.abs(residuals).sum() / max(float(np.abs(paid).sum()), 1e-12)),
    )
