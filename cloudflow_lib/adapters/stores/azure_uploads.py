"""
Writing blobs in blocks.

Azure keeps one list of uncommitted blocks per blob, for all writers, and has no call to abort. So
each upload marks its block ids with its own attempt; block 0 is never committed and says, by its
size, whether the upload is open (1 byte) or aborted (2 bytes). Azure drops the rest after a week,
or when any upload of that blob is finished.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from azure.storage.blob import BlobBlock

from cloudflow_lib.adapters.stores.azure_checks import (
    CRC,
    Checksums,
    check_headers,
    checksums_to_send,
    told_in_headers,
    told_to_sdk,
)
from cloudflow_lib.adapters.stores.azure_reads import conditions_of, info_of, pinned
from cloudflow_lib.adapters.stores.azure_writes import AzureWrites
from cloudflow_lib.adapters.stores.checksums import combined
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ChecksumKind, ObjectInfo, ObjectTraits, OpenUpload, UploadedPart, UploadId
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError, ObjectNotFoundError, UploadNotFoundError

BLOCK_ID = re.compile(r"cf-([0-9a-f]{20})-(\d{5})")
MARKER = 0
OPEN, ABORTED = b"1", b"22"
SPENT = b"0"
"""What an abort leaves of a block: a week of one byte instead of a week of gigabytes."""


class AzureUploads(AzureWrites):
    """Upload in blocks."""

    def begin_upload(self, key: str, traits: ObjectTraits) -> UploadId:
        check_key(Provider.AZURE, key)
        self._keywords(key, traits)  # refuses now what the end of the upload could not take
        upload = UploadId(f"{int(time.time()):08x}{secrets.token_hex(6)}")
        self._ask(key, self._blob(key).stage_block, _block_id(upload, MARKER), OPEN)
        return upload

    def put_part(
        self, upload: UploadId, key: str, number: int, data: bytes | memoryview, *, checksums: Checksums | None = None
    ) -> UploadedPart:
        sent = checksums_to_send(data, by_md5=self._by_md5, crc=(checksums or {}).get(CRC))
        tag = _block_id(upload, number)
        told = self._checked(key, sent, self._stage(key, tag, data, check_headers(sent)))
        if not told and self._by_md5 and self._refuses_other_bytes(upload, key):
            told = sent
        return UploadedPart(number=number, size_bytes=len(data), tag=tag, checksums=told)

    def _stage(
        self, key: str, tag: str, data: bytes | memoryview, checks: Mapping[str, str]
    ) -> dict[ChecksumKind, str]:
        """Return the checksums that the answer tells of the block."""
        if self._plain.takes(len(data)):
            return told_in_headers(self._retry(lambda: self._plain.stage_block(key, tag, data, checks)))
        body: Any = data  # the SDK sends a view as it is, without saying so
        return told_to_sdk(self._ask(key, self._blob(key).stage_block, tag, body, headers=checks))

    def finish_upload(
        self,
        upload: UploadId,
        key: str,
        parts: Sequence[UploadedPart],
        traits: ObjectTraits,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        checksums: Checksums | None = None,
    ) -> ObjectInfo:
        ordered = sorted(parts, key=lambda part: part.number)
        arrived = self._open_blocks(upload, key)
        if lost := [part.number for part in ordered if arrived.get(part.number) != part.size_bytes]:
            raise refusal(CorruptDataError, self.bucket, key, f"parts {lost} are missing or have another size")
        crc, wanted = combined(CRC, ordered), (checksums or {}).get(CRC)
        if crc and wanted and crc != wanted:
            raise refusal(CorruptDataError, self.bucket, key, f"CRC64 {crc} instead of {wanted}")
        asked = self._keywords(key, traits) | conditions_of(if_absent=if_absent, if_version=if_version)
        blocks = [BlobBlock(part.tag) for part in ordered]
        answer: Any = self._retry.create(
            lambda: self._call(key, self._blob(key).commit_block_list, blocks, **asked),
            lambda: self._own_blocks(key, [part.tag for part in ordered]),
        )
        etag = answer.version if isinstance(answer, ObjectInfo) else answer["etag"].strip('"')
        return self._arrived(key, etag, sum(part.size_bytes for part in ordered), crc)

    def abort_upload(self, upload: UploadId, key: str) -> None:
        sizes = self._blocks_of(upload, key)
        blob = self._blob(key)
        if sizes.pop(MARKER, None) == len(OPEN):
            self._ask(key, blob.stage_block, _block_id(upload, MARKER), ABORTED)
        # Also of an upload that has ended: a second worker's blocks may have landed behind its commit.
        for number in (number for number, size in sizes.items() if size > len(SPENT)):
            self._ask(key, blob.stage_block, _block_id(upload, number), SPENT)

    def list_parts(self, upload: UploadId, key: str) -> Sequence[UploadedPart]:
        found = sorted(self._open_blocks(upload, key).items())
        return [UploadedPart(number=number, size_bytes=size, tag=_block_id(upload, number)) for number, size in found]

    def list_uploads(self, prefix: str = "") -> Iterable[OpenUpload]:
        """Return open uploads of blobs that do not exist yet; of others Azure lists no uncommitted blocks."""
        for blob in self._infos(prefix, include=["uncommittedblobs"]):
            sizes = self._blocks(blob.key) if blob.size_bytes == 0 else {}
            for (attempt, number), size in sizes.items():
                if number == MARKER and size == len(OPEN):
                    started_at = datetime.fromtimestamp(int(attempt[:8], 16), UTC)
                    yield OpenUpload(upload_id=UploadId(attempt), key=blob.key, started_at=started_at)

    def _blocks(self, key: str) -> dict[tuple[str, int], int]:
        """Return the sizes of all uncommitted blocks that are ours, by attempt and number."""
        _, found = self._ask(key, self._blob(key).get_block_list, "uncommitted")
        named = ((BLOCK_ID.fullmatch(block.id), block.size) for block in found)
        return {(name.group(1), int(name.group(2))): size for name, size in named if name}

    def _blocks_of(self, upload: UploadId, key: str) -> dict[int, int]:
        try:
            return {number: size for (attempt, number), size in self._blocks(key).items() if attempt == upload}
        except ObjectNotFoundError:
            return {}

    def _open_blocks(self, upload: UploadId, key: str) -> dict[int, int]:
        sizes = self._blocks_of(upload, key)
        if sizes.pop(MARKER, None) != len(OPEN):
            raise refusal(UploadNotFoundError, self.bucket, key, f"upload {upload}")
        return sizes

    def _refuses_other_bytes(self, upload: UploadId, key: str) -> bool:
        """
        Whether the server, which tells no checksum of a block, compares it with the MD5 that came along.

        It is asked once, by a wrong one with the block that is there already.
        """
        if self._refuses is None:
            wrong = check_headers(checksums_to_send(ABORTED, by_md5=True))
            try:
                self._ask(key, self._blob(key).stage_block, _block_id(upload, MARKER), OPEN, headers=wrong)
            except CorruptDataError:
                self._refuses = True
            else:
                self._refuses = False
        return self._refuses

    def _own_blocks(self, key: str, tags: list[str]) -> ObjectInfo | None:
        """Return what lies at *key* if our own commit made it: its blocks bear our attempt."""
        committed, _ = self._ask(key, self._blob(key).get_block_list, "committed")
        return self.stat(key) if [block.id for block in committed] == tags else None

    def _arrived(self, key: str, etag: str, size: int, crc: str | None) -> ObjectInfo:
        info = info_of(self._properties(key))
        if info.version != etag:
            raise refusal(ObjectChangedError, self.bucket, key, "replaced right after it was written")
        if info.size_bytes != size:
            # Somebody ended the upload between our look at its blocks and the commit: it leaves a byte of each.
            self._ask(key, self._blob(key).delete_blob, **pinned(etag))
            raise refusal(CorruptDataError, self.bucket, key, f"{info.size_bytes:,} bytes instead of {size:,}")
        # Azure computed the CRC of each block, and committed exactly these blocks in this order.
        return replace(info, checksums={CRC: crc} if crc else {})


def _block_id(upload: UploadId, number: int) -> str:
    return f"cf-{upload}-{number:05d}"
