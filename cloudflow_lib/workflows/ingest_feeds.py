"""Read the access logs of a location from wherever its feeds say they arrive."""

from __future__ import annotations

from collections.abc import Sequence

from cloudflow_lib.domain.locations import Location, LogFeed
from cloudflow_lib.domain.places import Places
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.workflows.ingest_access_logs import AccessLogSource, IngestReport, ingest_access_logs
from cloudflow_lib.workflows.services import Services


def ingest_feeds(location_id: str, bench: Services) -> Sequence[IngestReport]:
    """
    Count the new reads that the feeds of one location tell about; one report per feed.

    One log may cover many buckets. Where locations share a feed, it is read once, for all of them,
    under the first one's name: two readers of a log that grows would disagree about where it ended.
    """
    locations = bench.catalog.locations()
    return [_ingest(feed, location_id, locations, bench) for feed in bench.catalog.location(location_id).log_feeds]


def _ingest(feed: LogFeed, location_id: str, locations: Sequence[Location], bench: Services) -> IngestReport:
    sharing = sorted((place for place in locations if feed in place.log_feeds), key=lambda place: place.location_id)
    name = f"{feed.dialect}:{feed.place}"
    if sharing[0].location_id != location_id:
        return IngestReport(source=name, read_with=sharing[0].location_id)
    if bench.open_feed is None:
        raise WrongInputError("this process was not told how to open access logs")
    opened = bench.open_feed(feed)
    source = AccessLogSource(
        name=name,
        reader=opened.reader,
        list_logs=opened.list_logs,
        places=Places(sharing),
        own=bench.own_traffic,
    )
    return ingest_access_logs(source, catalog=bench.catalog, clock=bench.clock)
