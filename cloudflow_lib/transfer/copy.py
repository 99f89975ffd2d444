"""Do what the plan says: copy one object, so that no crash leaves a half one or sends it all again."""

from __future__ import annotations

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ObjectInfo
from cloudflow_lib.errors import ObjectExistsError
from cloudflow_lib.transfer.digest import digest_of
from cloudflow_lib.transfer.jobs import Job, Progress, own_success, read_span
from cloudflow_lib.transfer.ledger import Page
from cloudflow_lib.transfer.parts import send_parts
from cloudflow_lib.transfer.plan import CopyPlan, Route

__all__ = ["Job", "Page", "Progress", "stream_object"]


def stream_object(
    plan: CopyPlan,
    job: Job,
    progress: Progress,
    page: Page | None = None,
) -> tuple[ObjectInfo, Digest]:
    """
    Copy the bytes through this process and return the new object with the digest of what was read.

    The write is create-only. One that meets an object of exactly the same bytes has met its own
    earlier success, whose answer got lost: validation found the name free before the first attempt.

    With *page*, an object in parts is written down as it arrives: after an error or a kill the upload
    stays, and the next call for the same migration sends only what is missing. Whoever gives up, or
    has noted the success, calls `page.close`. Without it (`stream_object(plan, job, progress)`) an
    error aborts the upload and nothing is kept. An object in one request needs no page.

    Raises:
        ObjectExistsError: Other bytes lie at the destination already.
        ObjectChangedError: The source is no longer the planned version.
        CorruptDataError: What arrived is not what was read.
        LostRaceError: Another worker took over, or the upload was cancelled; look at the migration again.
    """
    if plan.route is Route.PARTS:
        return send_parts(plan.parts, job, progress, page)
    data = read_span(job, plan.parts[0])
    digest = digest_of(data)
    try:
        info = job.target.put(job.target_key, data, job.traits, if_absent=True, checksums=digest.checksums)
    except ObjectExistsError:
        info = own_success(job, digest)
    progress(len(data))
    return info, digest
