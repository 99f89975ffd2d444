"""
What must hold of data before anybody learns from it: Great Expectations, with its Data Docs for people.

Two suites: the day's access batch (rollups as they were ingested) and the training set. Loading the
library takes seconds, so this is for a task of its own, never for a request.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cloudflow_lib.domain.access import DayRollup
from ml.learning.dataset import TIERS, Rows
from ml.learning.features import FEATURES

DOCS_SITE = "cloudflow"
SAMPLE = 100_000
"""Rows of a training set that are looked at: the expectations are about shares, not single rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of a suite."""

    name: str
    passed: bool
    failed: tuple[str, ...]
    """Each broken expectation in one line."""
    expectations: int
    docs: str
    """The page for people."""


def access_frame(rollups: Sequence[DayRollup]) -> pd.DataFrame:
    """Return rollups as a table."""
    return pd.DataFrame(
        {
            "file_id": pd.Series([one.file_id for one in rollups], dtype="object"),
            "day": pd.Series([one.day.toordinal() for one in rollups], dtype="int64"),
            "reads": pd.Series([one.reads for one in rollups], dtype="int64"),
            "read_bytes": pd.Series([one.read_bytes for one in rollups], dtype="int64"),
            "hours": pd.Series([len(one.hours) for one in rollups], dtype="int64"),
            "reads_in_hours": pd.Series([sum(one.hours.values()) for one in rollups], dtype="int64"),
        }
    )


def check_access(frame: pd.DataFrame, folder: Path, *, now: datetime, usual_rows: Sequence[int] = ()) -> Checked:
    """Check the day's access batch; *usual_rows* are the sizes of the same weekday's batches before."""
    gx = _library()

    at_most = gx.expectations.ExpectColumnValuesToBeBetween
    expectations = [
        gx.expectations.ExpectColumnValuesToNotBeNull(column="file_id"),
        gx.expectations.ExpectColumnValueLengthsToBeBetween(column="file_id", min_value=1, max_value=64),
        gx.expectations.ExpectCompoundColumnsToBeUnique(column_list=["file_id", "day"]),
        at_most(column="day", min_value=date(2006, 1, 1).toordinal(), max_value=now.date().toordinal() + 1),
        at_most(column="reads", min_value=1),
        at_most(column="read_bytes", min_value=0, max_value=1 << 60),
        at_most(column="hours", min_value=1, max_value=24),
        gx.expectations.ExpectColumnPairValuesToBeEqual(column_A="reads", column_B="reads_in_hours", mostly=0.99),
    ]
    if len(usual_rows) >= 4:  # noqa: PLR2004 # four weeks say what is usual
        middle = float(np.median(usual_rows))
        expectations.append(
            gx.expectations.ExpectTableRowCountToBeBetween(
                min_value=int(middle * 0.1), max_value=int(middle * 10) + 1000
            )
        )
    return _checked("access", frame, expectations, folder)


def rows_frame(rows: Rows) -> pd.DataFrame:
    """Return a sample of a training set as a table."""
    place = np.linspace(0, len(rows) - 1, min(len(rows), SAMPLE)).astype(int) if len(rows) else np.empty(0, int)
    frame = pd.DataFrame(rows.features[place].astype("float64"), columns=list(FEATURES))
    frame["tier"] = [TIERS[number] for number in rows.tier[place]]
    frame["read"] = rows.read[place].astype("int64")
    frame["soon"] = rows.soon[place].astype("int64")
    frame["reads"] = rows.reads[place]
    return frame


def check_training(frame: pd.DataFrame, folder: Path, *, least: int = 200) -> Checked:
    """Check a training set."""
    gx = _library()

    between = gx.expectations.ExpectColumnValuesToBeBetween
    expectations = [
        gx.expectations.ExpectTableRowCountToBeBetween(min_value=least),
        gx.expectations.ExpectTableColumnsToMatchSet(column_set=[*FEATURES, "tier", "read", "soon", "reads"]),
        gx.expectations.ExpectColumnValuesToBeInSet(column="tier", value_set=list(TIERS)),
        gx.expectations.ExpectColumnDistinctValuesToContainSet(column="read", value_set=[0, 1]),
        between(column="age_days", min_value=1),
        between(column="log_size", min_value=0, max_value=70),
        between(column="reads", min_value=0),
        between(column="reads_30d", min_value=0, mostly=1.0),
        between(column="weekend_share", min_value=0, max_value=1),
        between(column="prefix_active_30d", min_value=0, max_value=1),
        gx.expectations.ExpectColumnValuesToNotBeNull(column="age_days"),
        gx.expectations.ExpectColumnValuesToNotBeNull(column="prefix_active_7d"),
        gx.expectations.ExpectColumnPairValuesAToBeGreaterThanB(column_A="read", column_B="soon", or_equal=True),
    ]
    return _checked("training", frame, expectations, folder)


def _checked(name: str, frame: pd.DataFrame, expectations: Sequence[Any], folder: Path) -> Checked:
    gx, context = _library(), _context(folder)
    source = context.data_sources.add_or_update_pandas("cloudflow")
    asset = source.add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe("whole")
    suite = context.suites.add_or_update(gx.ExpectationSuite(name, expectations=list(expectations)))
    definition = context.validation_definitions.add_or_update(
        gx.ValidationDefinition(name=name, data=batch, suite=suite)
    )
    checkpoint = context.checkpoints.add_or_update(
        gx.Checkpoint(
            name=name,
            validation_definitions=[definition],
            actions=[gx.checkpoint.UpdateDataDocsAction(name="docs", site_names=[DOCS_SITE])],
            result_format="SUMMARY",
        )
    )
    result = checkpoint.run(batch_parameters={"dataframe": frame})
    (found,) = result.run_results.values()
    failed = [_line(one) for one in found.results if not one.success]
    return Checked(
        name=name,
        passed=bool(result.success),
        failed=tuple(failed),
        expectations=len(found.results),
        docs=str(folder / "docs" / "index.html"),
    )


def _library() -> Any:  # noqa: ANN401 # its own types hide what it exports
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    return importlib.import_module("great_expectations")


def _context(folder: Path) -> Any:  # noqa: ANN401 # as above
    gx = _library()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    folder.mkdir(parents=True, exist_ok=True)
    context = gx.get_context(mode="file", project_root_dir=str(folder))
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    site: Mapping[str, Any] = {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder / "docs")},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    if DOCS_SITE in context.get_site_names():
        context.update_data_docs_site(site_name=DOCS_SITE, site_config=dict(site))
    else:
        context.add_data_docs_site(site_name=DOCS_SITE, site_config=dict(site))
    return context


def _line(result: Any) -> str:  # noqa: ANN401 # Great Expectations ships no types
    config = result.expectation_config
    column = config.kwargs.get("column") or config.kwargs.get("column_list") or config.kwargs.get("column_A") or "table"
    observed = result.result.get("observed_value", result.result.get("unexpected_count"))
    raised = getattr(result, "exception_info", None) or {}
    why = raised.get("exception_message") if raised.get("raised_exception") else f"found {observed}"
    return f"{config.type} of {column}: {why}"
