"""A LocalExecutor whose workers are warm: tasks find the SDKs already imported."""

from __future__ import annotations

import importlib

from airflow.executors.local_executor import LocalExecutor

WARM = (
    "pymongo",
    "boto3",
    "azure.storage.blob",
    "google.cloud.storage",
    "obstore",
    "cloudflow_lib.adapters.catalogs.mongo",
    "cloudflow_lib.adapters.stores.build",
    "cloudflow_lib.bootstrap",
    "cloudflow_lib.workflows.migrate_file",
    "cloudflow_lib.workflows.report_batch",
    "cloudflow_lib.workflows.request_migrations",
)
"""What the tasks of a migration import. Nothing of it connects to anything or starts a thread at import."""


class WarmLocalExecutor(LocalExecutor):
    """
    Import once what every task needs, before the workers are forked.

    The SDKs of three clouds take two seconds of processor time to import; a migration has four tasks
    for each file. Forked workers, and the tasks they fork, inherit the modules for nothing.
    """

    def start(self) -> None:
        """Warm up, then start as always."""
        for name in WARM:
            importlib.import_module(name)
        super().start()
