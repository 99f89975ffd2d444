"""What we ask of the part ledger: every upload written down before its first byte, every part when it arrived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.objects import UploadId
from cloudflow_lib.domain.uploads import PartNote, UploadEntry


class PartLedger(Protocol):
    """Uploads of migrations, and the parts of each that arrived."""

    def last_upload(self, migration_id: str) -> UploadEntry | None:
        """Return the latest attempt of this migration with its parts, open or closed; None if there was none."""
        ...

    def open_upload(self, entry: UploadEntry) -> bool:
        """Write *entry* down before its upload begins; False if somebody else has written this attempt."""
        ...

    def name_upload(self, entry: UploadEntry, upload_id: UploadId) -> bool:
        """Note what the store calls it; False if the entry has got another name or was closed meanwhile."""
        ...

    def note_part(self, entry: UploadEntry, note: PartNote) -> None:
        """Note a part that arrived; one that was noted before is replaced."""
        ...

    def close_upload(self, entry: UploadEntry, now: datetime) -> None:
        """Forget its parts. The entry stays, so that a sweep finds what lands behind; closing twice is once."""
        ...

    def open_uploads(self, limit: int = 1000) -> Sequence[UploadEntry]:
        """Return the uploads that nobody closed, oldest first, without their parts."""
        ...

    def closed_uploads(self, before: datetime, limit: int = 1000) -> Sequence[UploadEntry]:
        """Return the uploads that were closed before *before*, oldest first, without their parts."""
        ...

    def forget_upload(self, entry: UploadEntry) -> None:
        """Remove the entry and its parts; a forgotten one is no error."""
        ...
