"""Whether the platform works: nothing more is told to people who are not signed in."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from cloudflow_plugin.api.context import ServicesDep

router = APIRouter(tags=["platform"])


class Health(BaseModel):
    """The state of the platform."""

    status: Literal["ok"] = "ok"


@router.get("/health")
def health(services: ServicesDep) -> Health:
    """Answer 200 when the catalogue answers, else 503."""
    services.catalog.ping()
    return Health()
