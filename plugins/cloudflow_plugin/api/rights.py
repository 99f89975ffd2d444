"""What workflows are told about the rights of whoever is asking."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends

from cloudflow_lib.workflows.services import Services
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep


async def _acting_services(caller: CallerDep, services: ServicesDep) -> Services:
    """Return the ports for a workflow that judges by user: an administrator of Airflow's is one here, too."""
    if not caller.is_admin or caller.user in services.admins:
        return services
    return replace(services, admins=services.admins | {caller.user})


ActingServicesDep = Annotated[Services, Depends(_acting_services)]
