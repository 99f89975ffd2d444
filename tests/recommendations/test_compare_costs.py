"""What everything costs, beside doing nothing and beside the providers' own tiering."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.workflows.compare_costs import compare_costs
from tests.recommendations.conftest import GIB, NOW


def test_files_are_priced_as_they_lie_all_hot_and_managed(office):
    office.add_file("idle", size=100 * GIB, age=300, storage_class="GLACIER_IR")
    office.add_file("busy", size=10 * GIB, ages_of_reads=[1, 40])
    office.add_file("lost", size=GIB, storage_class="OUTPOSTS")
    office.add_location("azure-main", Provider.AZURE)
    office.add_file("blob", location="azure-main", size=GIB, storage_class="Hot", placed_at=NOW - timedelta(days=1))
    found = compare_costs(office.services, Thresholds())

    assert (3, 111 * GIB) == (found.files, found.size_bytes)
    read = 0.0004 / 1000 * 365 / 360
    assert pytest.approx(0.4 + 0.23 + read + 0.0208, rel=1e-3) == found.now
    assert pytest.approx(2.3 + 0.23 + read + 0.0208, rel=1e-3) == found.all_hot
    # idle for more than ninety days: the last step; read yesterday: the first one; and the fee for watching
    assert pytest.approx(0.4 + 0.23 + read + 0.0036, rel=2e-2) == found.managed
    assert 0 == compare_costs(office.services, Thresholds(), ["elsewhere"]).files
