"""The catalogue in MongoDB 7 or later, or in a server that speaks its protocol."""

from __future__ import annotations

from cloudflow_lib.adapters.catalogs.mongo_access import MongoAccess
from cloudflow_lib.adapters.catalogs.mongo_alerts import MongoAlerts
from cloudflow_lib.adapters.catalogs.mongo_answers import MongoAnswers
from cloudflow_lib.adapters.catalogs.mongo_campaigns import MongoCampaigns
from cloudflow_lib.adapters.catalogs.mongo_cost_days import MongoCostDays
from cloudflow_lib.adapters.catalogs.mongo_costs import MongoCosts
from cloudflow_lib.adapters.catalogs.mongo_finder import MongoFinder
from cloudflow_lib.adapters.catalogs.mongo_incoming import MongoIncoming
from cloudflow_lib.adapters.catalogs.mongo_mail import MongoMail
from cloudflow_lib.adapters.catalogs.mongo_metrics import MongoMetrics
from cloudflow_lib.adapters.catalogs.mongo_notifications import MongoNotifications
from cloudflow_lib.adapters.catalogs.mongo_outbox import MongoOutbox
from cloudflow_lib.adapters.catalogs.mongo_places import MongoPlaces
from cloudflow_lib.adapters.catalogs.mongo_policies import MongoPolicies
from cloudflow_lib.adapters.catalogs.mongo_recommendations import MongoRecommendations
from cloudflow_lib.adapters.catalogs.mongo_sessions import MongoSessions
from cloudflow_lib.adapters.catalogs.mongo_uploads import MongoUploads
from cloudflow_lib.adapters.catalogs.mongo_users import MongoUsers


class MongoCatalog(
    MongoPlaces,
    MongoAccess,
    MongoFinder,
    MongoCampaigns,
    MongoUploads,
    MongoIncoming,
    MongoAnswers,
    MongoSessions,
    MongoNotifications,
    MongoMetrics,
    MongoCostDays,
    MongoUsers,
    MongoMail,
    MongoRecommendations,
    MongoCosts,
    MongoAlerts,
    MongoPolicies,
    MongoOutbox,
):
    """The whole memory. One per process: it keeps its own connections."""
