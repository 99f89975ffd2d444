"""
Large objects in Google Cloud Storage, in parts that may arrive in parallel and be resumed.

Parts are temporary objects that `compose` joins on the server: unlike a resumable session they
arrive in parallel, unlike the XML multipart upload the join takes a condition. They lie below
`.cloudflow-uploads/<upload>/`, a prefix that no other object may use and no listing shows, in the
class STANDARD, which has no minimum storage time; a join into another class ends with a rewrite,
because a composed object has the class of its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from google.cloud.storage import Blob

from cloudflow_lib.adapters.stores.checksums import combined, hex_of_base64
from cloudflow_lib.adapters.stores.gcs_copies import GcsCopies
from cloudflow_lib.adapters.stores.gcs_reads import DEFAULT_CLASS, info_of
from cloudflow_lib.adapters.stores.gcs_writes import CRC, conditions_of
from cloudflow_lib.adapters.stores.names import GCS_PARTS_PREFIX, check_key
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import (
    ChecksumKind,
    ObjectInfo,
    ObjectTraits,
    OpenUpload,
    UploadedPart,
    UploadId,
)
from cloudflow_lib.errors import CorruptDataError, ObjectNotFoundError, UploadNotFoundError

MANIFEST = "manifest"
"""Its metadata say which object the upload is for; where it is missing there is no upload."""
WHOLE = "whole"
MOST_SOURCES = 32
TEMPORARY = ObjectTraits(storage_class=DEFAULT_CLASS)


class GcsUploads(GcsCopies):
    """Upload in parts."""

    def begin_upload(self, key: str, traits: ObjectTraits) -> UploadId:
        check_key(Provider.GCS, key)
        self._require_holdable(key, traits)
        upload = UploadId(uuid4().hex)
        self._write(_name(upload, MANIFEST), b"", ObjectTraits(metadata={"key": key}, storage_class=DEFAULT_CLASS))
        return upload

    def put_part(
        self,
        upload: UploadId,
        key: str,
        number: int,
        data: bytes | memoryview,
        *,
        checksums: Mapping[ChecksumKind, str] | None = None,
    ) -> UploadedPart:
        del key  # the manifest knows it
        info = self._write(_name(upload, f"{number:05d}"), data, TEMPORARY, crc=(checksums or {}).get(CRC))
        told = {CRC: info.checksums[CRC]} if CRC in info.checksums else {}
        return UploadedPart(number=number, size_bytes=len(data), tag=info.version, checksums=told)

    def finish_upload(
        self,
        upload: UploadId,
        key: str,
        parts: Sequence[UploadedPart],
        traits: ObjectTraits,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        checksums: Mapping[ChecksumKind, str] | None = None,
    ) -> ObjectInfo:
        ordered = sorted(parts, key=lambda part: part.number)
        arrived = {part.number: part.tag for part in self.list_parts(upload, key)}
        if lost := [part.number for part in ordered if arrived.get(part.number) != part.tag]:
            raise refusal(CorruptDataError, self.bucket, key, f"parts {lost} are missing or were replaced")
        crc, wanted = combined(CRC, ordered), (checksums or {}).get(CRC)
        if crc and wanted and crc != wanted:
            raise refusal(CorruptDataError, self.bucket, key, f"CRC32C {crc} instead of {wanted}")
        sources = [self._blob(_name(upload, f"{part.number:05d}"), generation=part.tag) for part in ordered]
        size = sum(part.size_bytes for part in ordered)
        info = self._join(upload, sources, key, traits, if_absent=if_absent, if_version=if_version, proof=(size, crc))
        if info.size_bytes != size or info.checksums.get(CRC, crc) != crc:
            raise refusal(CorruptDataError, self.bucket, key, f"{info.size_bytes:,} bytes instead of {size:,}")
        self._forget(upload)
        return info

    def abort_upload(self, upload: UploadId, key: str) -> None:
        del key
        self._forget(upload)

    def list_parts(self, upload: UploadId, key: str) -> Sequence[UploadedPart]:
        blobs = {blob.name.rpartition("/")[2]: blob for blob in self._temporary(upload)}
        manifest = blobs.pop(MANIFEST, None)
        if manifest is None or (manifest.metadata or {}).get("key") != key:
            raise refusal(UploadNotFoundError, self.bucket, key, f"upload {upload}")
        return [
            UploadedPart(
                number=int(name),
                size_bytes=int(blob.size),
                tag=str(blob.generation),
                checksums={CRC: hex_of_base64(blob.crc32c)} if blob.crc32c else {},
            )
            for name, blob in sorted(blobs.items())
            if name.isdigit()
        ]

    def list_uploads(self, prefix: str = "") -> Iterable[OpenUpload]:
        """Return open uploads; parts that landed behind an abort show as an upload of the key ``."""
        uploads: dict[str, Blob] = {}
        for blob in self._temporary(None):
            upload, _, name = blob.name.removeprefix(GCS_PARTS_PREFIX).partition("/")
            if name == MANIFEST or upload not in uploads:
                uploads[upload] = blob
        for upload, blob in uploads.items():
            key = (blob.metadata or {}).get("key", "")
            if key.startswith(prefix):
                yield OpenUpload(upload_id=UploadId(upload), key=key, started_at=blob.time_created)

    def _join(
        self,
        upload: UploadId,
        sources: list[Blob],
        key: str,
        traits: ObjectTraits,
        *,
        if_absent: bool,
        if_version: str | None,
        proof: tuple[int, str | None],
    ) -> ObjectInfo:
        """Join *sources*, at most 32 at a time, and give the result its class where that is not STANDARD."""
        level = 0
        while len(sources) > MOST_SOURCES:
            level += 1
            groups = [sources[at : at + MOST_SOURCES] for at in range(0, len(sources), MOST_SOURCES)]
            sources = [
                self._compose(self._blob(_name(upload, f"level-{level}-{place}")), group)
                for place, group in enumerate(groups)
            ]
        if traits.storage_class in {None, DEFAULT_CLASS}:
            if if_absent:
                self._require_absent(key)
            target, conditions = self._dressed(key, traits), conditions_of(if_absent=if_absent, if_version=if_version)
            return self._retry.create(
                lambda: info_of(self._compose_once(target, sources, conditions)),
                lambda: self._own(key, *proof, traits.storage_class),
            )
        whole = self._compose(self._blob(_name(upload, WHOLE)), sources)
        return self._rewrite(whole, self._dressed(key, traits), if_absent=if_absent, if_version=if_version, proof=proof)

    def _compose(self, target: Blob, sources: list[Blob]) -> Blob:
        return self._retry(lambda: self._compose_once(target, sources, {}))

    def _compose_once(self, target: Blob, sources: list[Blob], conditions: Mapping[str, Any]) -> Blob:
        generations = [int(source.generation) for source in sources]
        self._call(target.name, target.compose, sources, if_source_generation_match=generations, **conditions)
        return target

    def _temporary(self, upload: UploadId | None) -> list[Blob]:
        """Return everything that lies below the prefix of one upload, or of all."""
        prefix = GCS_PARTS_PREFIX if upload is None else _name(upload, "")

        def listed(**asked: Any) -> list[Blob]:  # noqa: ANN401 - the SDK's own
            return list(self._client.list_blobs(self.bucket, prefix=prefix, **asked))

        return self._ask(None, listed)

    def _forget(self, upload: UploadId) -> None:
        """Delete what is left of an upload; the manifest last, so that a crash leaves something to be found by."""
        left = self._temporary(upload)
        for blob in sorted(left, key=lambda blob: blob.name.endswith(MANIFEST)):
            try:
                self._ask(blob.name, self._blob(blob.name, generation=str(blob.generation)).delete)
            except ObjectNotFoundError:
                continue


def _name(upload: UploadId, part: str) -> str:
    return f"{GCS_PARTS_PREFIX}{upload}/{part}"
