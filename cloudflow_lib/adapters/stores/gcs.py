"""Google Cloud Storage: objects of one bucket."""

from __future__ import annotations

from collections.abc import Mapping

from cloudflow_lib.adapters.stores.capabilities import GOOGLE, GOOGLE_SINGLE_CLASS
from cloudflow_lib.adapters.stores.gcs_uploads import GcsUploads


class GcsStore(GcsUploads):
    """
    One bucket. Versions are generations, and every class is readable at once.

    Without a service account requests are anonymous: for emulators and public buckets. Large
    objects need the permission to delete, for the parts they are joined from.
    """

    def __init__(
        self,
        *,
        bucket: str,
        project: str | None = None,
        service_account: Mapping[str, str] | None = None,
        endpoint_url: str | None = None,
        single_class: bool = False,
        attempts: int = 4,
        proxy: str | None = None,
    ) -> None:
        super().__init__(
            bucket=bucket,
            project=project,
            service_account=service_account,
            endpoint_url=endpoint_url,
            attempts=attempts,
            proxy=proxy,
        )
        self.capabilities = GOOGLE_SINGLE_CLASS if single_class else GOOGLE
