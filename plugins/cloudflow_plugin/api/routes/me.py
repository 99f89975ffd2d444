"""The account that asks: what it may do, and how it likes the pages."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from cloudflow_lib.domain import people
from cloudflow_lib.domain.people import Theme
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer, Handle, Request

router = APIRouter(prefix="/me", tags=["accounts"])


class PreferencesBody(Request):
    """How somebody likes the pages; what is left out is as everybody begins."""

    tour_seen: bool = False
    shortcuts: bool = Field(default=True, description="Whether single keys do something.")
    theme: Theme = Theme.SYSTEM
    upload_location: Handle | None = Field(None, description="Where the last upload went.")
    news_seen: Handle | None = Field(None, description="The id of the newest notification that was looked at.")


class Preferences(Answer):
    """How somebody likes the pages."""

    tour_seen: bool
    shortcuts: bool
    theme: Theme
    upload_location: str | None
    news_seen: str | None


class Me(Answer):
    """The account that asks."""

    user: str = Field(examples=["team-docs"])
    roles: list[str] = Field(description="What Airflow calls its roles.", examples=[["CloudFlowUser"]])
    is_admin: bool = Field(description="Sees and changes what others own.")
    can_write: bool = Field(description="May change own things; if not, only look.")
    preferences: Preferences


def _told(preferences: people.Preferences) -> Preferences:
    return Preferences(
        tour_seen=preferences.tour_seen,
        shortcuts=preferences.shortcuts,
        theme=preferences.theme,
        upload_location=preferences.upload_location,
        news_seen=preferences.news_seen,
    )


@router.get("")
def me(caller: CallerDep, services: ServicesDep) -> Me:
    """See who you are here, and what you may do."""
    return Me(
        user=caller.user,
        roles=list(caller.roles),
        is_admin=caller.is_admin,
        can_write=caller.can_write,
        preferences=_told(services.catalog.preferences(caller.user)),
    )


@router.get("/preferences")
def preferences(caller: CallerDep, services: ServicesDep) -> Preferences:
    """See how you like the pages."""
    return _told(services.catalog.preferences(caller.user))


@router.put("/preferences")
def save_preferences(body: PreferencesBody, caller: CallerDep, services: ServicesDep) -> Preferences:
    """Say how you like the pages; accounts that may only look have a taste, too."""
    saved = people.Preferences(**body.model_dump())
    services.catalog.save_preferences(caller.user, saved)
    return _told(saved)
