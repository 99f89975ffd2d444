"""What is watched besides what people say in their rules."""

from __future__ import annotations

from pathlib import Path

from cloudflow_lib.settings.sections import Section


class AlertSettings(Section):
    """What the alert manager watches."""

    disks: tuple[Path, ...] = (Path("/"),)
    """Folders on the disks of which there must be room; each as the evaluating process sees it."""
