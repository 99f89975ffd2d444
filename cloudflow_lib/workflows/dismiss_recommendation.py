"""Say no to a recommendation: nobody hears of its file again for 90 days."""

from __future__ import annotations

from dataclasses import replace

from cloudflow_lib.domain.facts import recommendation_dismissed
from cloudflow_lib.domain.recommendations import DISMISSED_FOR, Recommendation, RecommendationState
from cloudflow_lib.errors import LostRaceError
from cloudflow_lib.ports.recommendation_book import RecommendationChange
from cloudflow_lib.workflows.apply_recommendations import visible_recommendations
from cloudflow_lib.workflows.services import Services


def dismiss_recommendation(recommendation_id: str, user: str, services: Services) -> Recommendation:
    """
    Dismiss it and return it as it stands then; dismissing it again changes nothing.

    Raises:
        NotFoundError: It is unknown, or of somebody else's file.
        LostRaceError: It is not open any more.
    """
    (one,) = visible_recommendations([recommendation_id], user, services)
    if one.state is RecommendationState.DISMISSED:
        return one
    if one.state is not RecommendationState.OPEN:
        raise LostRaceError(f"the recommendation {recommendation_id} is {one.state} already: read it again")
    now = services.clock()
    after = replace(one, state=RecommendationState.DISMISSED, state_since=now, dismissed_until=now + DISMISSED_FOR)
    event = recommendation_dismissed(after, user, now)
    if not services.catalog.change_recommendations([RecommendationChange(before=one, after=after, event=event)]):
        found = services.catalog.recommendation(recommendation_id)
        if found.state is not RecommendationState.DISMISSED:
            raise LostRaceError(f"somebody changed the recommendation {recommendation_id}: read it again")
        return found
    return services.catalog.recommendation(recommendation_id)
