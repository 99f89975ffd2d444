"""What every workflow may use: the ports, built once by `cloudflow_lib.bootstrap`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudflow_lib.domain.access import OwnTraffic
from cloudflow_lib.domain.endpoints import Network
from cloudflow_lib.domain.incoming import UploadLimits
from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.errors import UnsupportedError
from cloudflow_lib.ports.access_logs import FeedOpener
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.ports.clock import Clock
from cloudflow_lib.ports.mail import Mailer
from cloudflow_lib.ports.platform_watch import PlatformWatch
from cloudflow_lib.ports.resolver import Resolver, system_resolver
from cloudflow_lib.ports.secrets import Keyring
from cloudflow_lib.ports.stores import ObjectStore, StoreOpener
from cloudflow_lib.ports.webhooks import WebhookPoster
from cloudflow_lib.transfer.bulk_items import BulkEnd

if TYPE_CHECKING:
    from cloudflow_lib.domain.cost_signals import Ahead
    from cloudflow_lib.domain.timelines import Floats

EndOpener = Callable[[str], BulkEnd]
"""Opens the location of this id anew for one bulk copy, which closes it."""

StoreBuilder = Callable[[Location, Credential, Mapping[str, str]], ObjectStore]
"""Builds the store of a location that is not kept yet, with an open secret; it tries each call once."""


BookOf = Callable[[Location], PriceBook | None]
"""Returns what is paid at a location, or None where nobody knows."""


BooksInUse = Callable[[], Sequence[PriceBook]]
"""Returns every price book that decisions are taken with."""


def no_prices(location: Location) -> None:
    """Know no price: this process was built without price books."""
    del location


def no_forecast(stock: Floats, use: Floats, days: int) -> None:
    """Know nothing of the future: this process was built without a forecast."""
    del stock, use, days


def no_fast_path(location_id: str) -> BulkEnd:
    """Refuse: this process was built without a way to copy in bulk."""
    raise UnsupportedError(f"{location_id}: this process copies object by object only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The world as workflows see it."""

    catalog: Catalog
    open_store: StoreOpener
    mailer: Mailer
    clock: Clock
    admins: AbstractSet[str] = frozenset()
    """Users who may see and change everybody's files."""
    mail_addresses: Mapping[str, str] = field(default_factory=dict)
    mail_domain: str = "localhost"
    part_bytes: int = 16 * 1024 * 1024
    streams_per_object: int = 4
    open_end: EndOpener = no_fast_path
    """Opens one side of a bulk copy; the process that copies in bulk brings one."""
    patience_seconds: float = 120.0
    """How long a bulk copy goes on asking a store that refuses."""
    open_feed: FeedOpener | None = None
    """Finds access logs; a process that reads none goes without."""
    own_traffic: OwnTraffic = field(default_factory=OwnTraffic)
    """What access logs tell about ourselves is no use of a file."""
    keyring: Keyring | None = None
    """Seals credentials; a process that keeps none goes without."""
    build_store: StoreBuilder | None = None
    """Opens what is to be tried out before it is kept."""
    resolve: Resolver = system_resolver
    allowed_networks: tuple[Network, ...] = ()
    """Networks of our own that endpoints of users may lie in."""
    upload_limits: UploadLimits = field(default_factory=UploadLimits)
    """What people may send."""
    price_book: BookOf = no_prices
    forecast_costs: Ahead = no_forecast
    """Tells what coming days cost; a process that forecasts nothing goes without."""
    price_books: BooksInUse = tuple
    platform: PlatformWatch | None = None
    """Tells how full and how far behind the platform is; a process that watches nothing goes without."""
    post_webhook: WebhookPoster | None = None
    ui_url: str = "http://127.0.0.1:8080"
    """Where people open the Airflow UI; mails link there."""

    def mail_address(self, user: str) -> str:
        """Return where *user* gets mail."""
        return self.mail_addresses.get(user, f"{user}@{self.mail_domain}")

    def may_touch(self, user: str, owner: str) -> bool:
        """Return whether *user* may change files of *owner*."""
        return user == owner or user in self.admins

    def may_own_at(self, user: str, location: Location) -> bool:
        """Return whether *user* owns the location or a part of it, or administers everybody's."""
        return self.may_touch(user, location.owner) or user in location.owners.values()
