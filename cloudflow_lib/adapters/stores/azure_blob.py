"""Azure Blob Storage: block blobs of one container."""

from __future__ import annotations

from cloudflow_lib.adapters.stores.azure_moves import AzureMoves
from cloudflow_lib.adapters.stores.capabilities import AZURE


class AzureBlobStore(AzureMoves):
    """
    One container, opened by an account key or a SAS. Versions are ETags.

    A new tier leaves the version as it is. Tags need the SAS permission `t`; without it Azure does
    not tell that a blob has any. A copy is visible with its full length while Azure still makes it.
    """

    capabilities = AZURE
