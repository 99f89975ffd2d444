# ruff: noqa: INP001 - started by its path, not imported from a package
"""Airflow's accounts (FAB): users with a password in the database, and one role of our own."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from flask_appbuilder.const import AUTH_DB

AUTH_TYPE = AUTH_DB
WTF_CSRF_ENABLED = True

SEE = "can_read"
CLOUDFLOW_USER = {
    "role": "CloudFlowUser",
    "perms": [
        (SEE, "Website"),
        (SEE, "Plugins"),
        # What runs and how it went.
        (SEE, "DAGs"),
        (SEE, "DAG Runs"),
        (SEE, "Task Instances"),
        (SEE, "Task Logs"),
        (SEE, "DAG Versions"),
        (SEE, "DAG Dependencies"),
        (SEE, "HITL Detail"),  # the list of DAGs is refused without it
        ("menu_access", "DAGs"),
        # Start a migration; its first task refuses files of others. No other DAG.
        ("can_create", "DAG Runs"),
        ("can_edit", "DAG:migrate_files"),
        # Our own pages.
        (SEE, "CloudFlow"),
        ("can_create", "CloudFlow"),
        ("can_edit", "CloudFlow"),
        ("can_delete", "CloudFlow"),
        # The own account.
        (SEE, "My Profile"),
        ("can_edit", "My Profile"),
        (SEE, "My Password"),
        ("can_edit", "My Password"),
    ],
}

# Added to what Airflow gives these roles. Administering means to see and change what everybody owns.
VIEWER = {"role": "Viewer", "perms": [(SEE, "CloudFlow"), (SEE, "Plugins")]}
ADMIN = {"role": "Admin", "perms": [("can_administer", "CloudFlow")]}


class CloudFlowSecurityManager(FabAirflowSecurityManagerOverride):
    """Airflow's roles, and `CloudFlowUser` for the people whose files we keep."""

    ROLE_CONFIGS: ClassVar[list[dict[str, Any]]] = [
        *FabAirflowSecurityManagerOverride.ROLE_CONFIGS,
        VIEWER,
        ADMIN,
        CLOUDFLOW_USER,
    ]


SECURITY_MANAGER_CLASS = CloudFlowSecurityManager
