"""
What the Airflow UI asks a person before a run starts.

A field may stay empty only if its type allows null: any other empty field is marked as wrong, and the
button that starts the run stays grey.
"""

from __future__ import annotations

from airflow.sdk import Param

TIERS = ["hot", "warm", "cold"]

FILTER = {
    "source_location": Param(
        None,
        type=["null", "string"],
        title="From location",
        description="Where the files lie now, such as s3-main.",
        section="Which files",
    ),
    "prefix": Param(
        None,
        type=["null", "string"],
        title="Prefix",
        description="Only keys that start with it.",
        section="Which files",
    ),
    "include": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Include",
        description="Only keys that match one of these patterns, such as *.parquet; one per line.",
        section="Which files",
    ),
    "exclude": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Exclude",
        description="No keys that match one of these patterns; one per line.",
        section="Which files",
    ),
    "source_tier": Param(
        None,
        type=["null", "string"],
        enum=[None, *TIERS],
        values_display={"null": "any class"},
        title="Class",
        description="Only files of this class.",
        section="Which files",
    ),
}

TARGET = {
    "destination_location": Param(
        None,
        type=["null", "string"],
        title="To location",
        description="Empty: the files stay where they are and change their storage class.",
        section="Where to",
    ),
    "destination_prefix": Param(
        None,
        type=["null", "string"],
        title="Put in front of the key",
        section="Where to",
    ),
    "destination_tier": Param(
        None,
        type=["null", "string"],
        enum=[None, *TIERS],
        values_display={"null": "each file's own class"},
        title="Class there",
        description="What it means is up to the location: a storage class of its provider.",
        section="Where to",
    ),
    "storage_class": Param(
        None,
        type=["null", "string"],
        title="Storage class",
        description="A provider's own class, such as GLACIER_IR. Goes before the class.",
        section="Where to",
    ),
    "quarantine_days": Param(
        7,
        type="number",
        minimum=0,
        maximum=365,
        title="Keep the source for days",
        description="0 removes it as soon as the copy is verified.",
        section="Safety",
    ),
}

MIGRATE_FILES = {
    **FILTER,
    "limit": Param(
        200,
        type="integer",
        minimum=1,
        maximum=200,
        title="At most",
        description="How many files one run moves.",
        section="Which files",
    ),
    "file_ids": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        maxItems=200,
        title="File ids",
        description="Exactly these files; one id per line. Goes before the filter above.",
        section="Which files",
    ),
    "recommendation_ids": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        maxItems=200,
        title="Recommendations",
        description="Of these files; they are noted as applied. The dashboard fills this in.",
        section="Which files",
    ),
    "retry": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        maxItems=200,
        title="Try again",
        description="Ids of failed migrations; nothing else is needed then. One per line.",
        section="Which files",
    ),
    **TARGET,
}

MIGRATE_CAMPAIGN = {
    "campaign_id": Param(
        None,
        type=["null", "string"],
        title="Carry on",
        description="The id of a campaign that was paused or broke off; nothing else is needed then.",
        section="Carry on",
    ),
    **FILTER,
    "max_files": Param(
        100_000,
        type="integer",
        minimum=1,
        maximum=1_000_000,
        title="At most files",
        description="What fits the filter but not in here is left where it is.",
        section="Limits",
    ),
    "max_bytes": Param(
        None,
        type=["null", "integer"],
        minimum=1,
        title="At most bytes",
        description="Together; empty: no limit.",
        section="Limits",
    ),
    **TARGET,
}

ONE_LOCATION = {
    "location_id": Param(
        None,
        type=["null", "string"],
        title="Location",
        description="Only this one; empty: all of them.",
    ),
}

ONE_DAY = {
    "day": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Day",
        description="A day of UTC, such as 2026-11-23; empty for yesterday.",
    ),
}
