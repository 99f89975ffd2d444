"""What DAGs tell each other: a wake-up, never a list of work."""

from __future__ import annotations

from airflow.sdk import Asset

TIERS = Asset(name="file-tiers", uri="cloudflow://file-tiers")
"""
Every file was classified again.

Told by: `classify_files`. Heard by: `recommend_moves`.
"""

DRIFT = Asset(name="model-drift", uri="cloudflow://model-drift")
"""
Files are used differently than when the champion learnt.

Told by: `recommend_moves`. Heard by: `train_tier_model`.
"""
