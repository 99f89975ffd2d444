"""Say no to a recommendation: nobody hears of its file again for 90 days, unless it is brought back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cloudflow_lib.domain.facts import recommendation_dismissed, recommendation_made
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.recommendations import DISMISSED_FOR, Recommendation, RecommendationState
from cloudflow_lib.errors import LostRaceError, NotFoundError
from cloudflow_lib.ports.recommendation_book import RecommendationChange
from cloudflow_lib.workflows.apply_recommendations import visible_recommendations
from cloudflow_lib.workflows.services import Services


def dismiss_recommendation(recommendation_id: str, user: str, services: Services) -> Recommendation:
    """Dismiss one; see `dismiss_recommendations`."""
    (one,) = dismiss_recommendations([recommendation_id], user, services)
    return one


def dismiss_recommendations(
    recommendation_ids: Sequence[str], user: str, services: Services
) -> Sequence[Recommendation]:
    """
    Dismiss them and return them as they stand then; dismissing one again changes nothing.

    Raises:
        NotFoundError: One is unknown, or of somebody else's file.
        LostRaceError: One is not open any more.
    """
    chosen = visible_recommendations(recommendation_ids, user, services)
    _require(RecommendationState.OPEN, RecommendationState.DISMISSED, chosen)
    now = services.clock()
    changes = []
    for one in chosen:
        if one.state is RecommendationState.OPEN:
            until = now + DISMISSED_FOR
            after = replace(one, state=RecommendationState.DISMISSED, state_since=now, dismissed_until=until)
            event = recommendation_dismissed(after, user, now)
            changes.append(RecommendationChange(before=one, after=after, event=event))
    return _changed(chosen, changes, {RecommendationState.DISMISSED}, services)


def restore_recommendations(
    recommendation_ids: Sequence[str], user: str, services: Services
) -> Sequence[Recommendation]:
    """
    Bring dismissed ones back and return them as they stand then.

    One that lost its reasons meanwhile (too old, another version of the file, another one is open) does not
    open again; but its file may be recommended for anew.

    Raises:
        NotFoundError: One is unknown, or of somebody else's file.
        LostRaceError: One is neither dismissed nor open.
    """
    chosen = visible_recommendations(recommendation_ids, user, services)
    _require(RecommendationState.DISMISSED, RecommendationState.OPEN, chosen)
    now = services.clock()
    changes = []
    for one in chosen:
        if one.state is RecommendationState.DISMISSED:
            state = _standing(one, services)
            after = replace(one, state=state, state_since=now, dismissed_until=None)
            event = recommendation_made(after) if state is RecommendationState.OPEN else None
            changes.append(RecommendationChange(before=one, after=after, event=event))
    ends = {RecommendationState.OPEN, RecommendationState.EXPIRED, RecommendationState.SUPERSEDED}
    return _changed(chosen, changes, ends, services)


def _standing(one: Recommendation, services: Services) -> RecommendationState:
    """Return where a dismissed recommendation would stand had nobody dismissed it."""
    said = services.catalog.recommendations_of([one.file_id]).get(one.file_id, ())
    if any(other.state is RecommendationState.OPEN for other in said):
        return RecommendationState.SUPERSEDED
    try:
        file = services.catalog.file(one.file_id)
    except NotFoundError:
        return RecommendationState.EXPIRED
    is_same = file.state is FileState.PRESENT and file.version == one.version
    return RecommendationState.OPEN if is_same and one.expires_at > services.clock() else RecommendationState.EXPIRED


def _require(before: RecommendationState, after: RecommendationState, chosen: Sequence[Recommendation]) -> None:
    for one in chosen:
        if one.state not in (before, after):
            raise LostRaceError(f"the recommendation {one.recommendation_id} is {one.state} already: read it again")


def _changed(
    chosen: Sequence[Recommendation],
    changes: Sequence[RecommendationChange],
    ends: set[RecommendationState],
    services: Services,
) -> Sequence[Recommendation]:
    if not changes:
        return chosen
    services.catalog.change_recommendations(changes)
    found = services.catalog.recommendations_by_id([one.recommendation_id for one in chosen])
    if others := [one for one in found if one.state not in ends]:
        raise LostRaceError(f"somebody changed the recommendation {others[0].recommendation_id}: read it again")
    return found
