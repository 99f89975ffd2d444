"""
The one place where things are built: settings in, ports out.

Vendor SDKs load only here, and only when something of theirs is asked for: importing this module is
cheap enough for a DAG file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from cloudflow_lib.domain.endpoints import host_of, require_outside
from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.ports.clock import system_clock
from cloudflow_lib.ports.consumers import DeadLetters, EventHandler, EventSource
from cloudflow_lib.ports.event_feed import EventFeed
from cloudflow_lib.ports.publishers import Publisher
from cloudflow_lib.ports.resolver import system_resolver
from cloudflow_lib.ports.secrets import Keyring
from cloudflow_lib.ports.stores import ObjectStore, StoreOpener
from cloudflow_lib.settings import Settings
from cloudflow_lib.transfer.bulk_items import BulkEnd
from cloudflow_lib.workflows.apply_policy import PriceMove
from cloudflow_lib.workflows.services import BookOf, EndOpener, Services

if TYPE_CHECKING:
    from cloudflow_lib.workflows.advising_cases import AdviceRules

Guard = Callable[[Credential], None]
"""Raises WrongInputError for a credential that must not be used."""

CONNECTIONS = 256
"""To one store, of one bulk copy: as many requests may be in flight."""


def trust(_credential: Credential) -> None:
    """Ask any endpoint."""


@cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()


@cache
def services() -> Services:
    """Return the services of this process, built once."""
    return build_services(settings())


@cache
def event_feed() -> EventFeed:
    """Return the reader of events of this process, built once."""
    return build_event_feed(settings())


def build_services(config: Settings) -> Services:
    """Build the world that *config* describes; nothing is connected before it is used."""
    from cloudflow_lib.adapters.access_logs.sources import feed_opener
    from cloudflow_lib.adapters.mail.smtp import SmtpMailer
    from cloudflow_lib.adapters.platform.watch import MachineWatch
    from cloudflow_lib.adapters.webhooks.http import post_webhook

    catalog = build_catalog(config)
    keyring = build_keyring(config)
    guard = endpoint_guard(config)
    open_store = store_opener(catalog, keyring, config.transfer.attempts, guard)
    return Services(
        catalog=catalog,
        open_store=open_store,
        open_end=end_opener(catalog, keyring, config.transfer.attempts, guard),
        open_feed=feed_opener(open_store),
        own_traffic=config.access_logs.own_traffic(),
        keyring=keyring,
        build_store=build_once,
        allowed_networks=config.network.allowed,
        upload_limits=config.uploads.limits(),
        mailer=SmtpMailer(config.smtp),
        platform=MachineWatch(config.kafka.bootstrap_servers, config.kafka.options, config.alerts.disks),
        post_webhook=post_webhook,
        clock=system_clock,
        admins=frozenset(config.admins),
        mail_addresses=config.mail_addresses,
        mail_domain=config.mail_domain,
        price_book=book_finder(config),
        part_bytes=config.transfer.part_bytes,
        streams_per_object=config.transfer.streams_per_object,
        ui_url=config.airflow.url,
    )


def build_catalog(config: Settings) -> Catalog:
    """Build the catalogue on MongoDB."""
    from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog

    return MongoCatalog(
        config.mongo.url.get_secret_value(),
        config.mongo.database,
        timeout_ms=config.mongo.timeout_ms,
    )


def build_keyring(config: Settings) -> Keyring:
    """Build the keyring that seals credentials."""
    from cloudflow_lib.adapters.secrets.keyring import FileKeyring

    return FileKeyring(config.keyring.file)


def build_publisher(config: Settings) -> Publisher:
    """Build the publisher on Kafka."""
    from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher

    return KafkaPublisher(config.kafka.bootstrap_servers, config.kafka.options)


def build_dead_letters(config: Settings) -> DeadLetters:
    """Build the place for what handlers cannot act on."""
    from cloudflow_lib.adapters.publishers.dead_letters import KafkaDeadLetters

    return KafkaDeadLetters(config.kafka.bootstrap_servers, config.kafka.options)


def endpoint_guard(config: Settings) -> Guard:
    """
    Return what refuses a credential whose endpoint leads inside our network by now: names change hands.

    Those of administrators are trusted: the command line takes any.
    """

    def require_reachable(credential: Credential) -> None:
        if credential.endpoint_url is not None and credential.owner not in config.admins:
            require_outside(system_resolver(*host_of(credential.endpoint_url)), config.network.allowed)

    return require_reachable


def build_source(config: Settings, handler: EventHandler) -> EventSource:
    """Build where *handler* gets its events from."""
    from cloudflow_lib.adapters.publishers.kafka_source import KafkaSource

    return KafkaSource(config.kafka.bootstrap_servers, config.kafka.options, name=handler.name, reads=handler.reads)


def book_finder(config: Settings) -> BookOf:
    """Return a function that finds the price book of a location, reading each book once."""
    prices = config.prices

    @cache
    def book(name: str) -> PriceBook:
        from cloudflow_lib.adapters.prices.files import price_book

        return price_book(name, prices.overrides)

    def book_of(location: Location) -> PriceBook | None:
        name = prices.locations.get(location.location_id, prices.providers.get(location.provider.value, ""))
        return book(name) if name else None

    return book_of


def advice_rules(config: Settings) -> AdviceRules:
    """Return how recommendations are made."""
    from cloudflow_lib.workflows.advising_cases import AdviceRules

    return AdviceRules(guards=config.advice.guards(), destinations=config.advice.destinations)


def price_move(bench: Services) -> PriceMove:
    """Return what says what a move costs once, and saves a month."""
    from cloudflow_lib.workflows.price_moves import MovePrices

    config = settings()
    return MovePrices(bench, config.classification.thresholds(), advice_rules(config))


def build_event_feed(config: Settings) -> EventFeed:
    """Build the reader of Kafka."""
    from cloudflow_lib.adapters.feeds.kafka import KafkaFeed

    return KafkaFeed(config.kafka.bootstrap_servers, config.kafka.options)


def build_once(location: Location, credential: Credential, secret: Mapping[str, str]) -> ObjectStore:
    """Build the store of a location that is only tried out."""
    from cloudflow_lib.adapters.stores.build import build_store

    return build_store(location, credential, secret, attempts=1)


def store_opener(catalog: Catalog, keyring: Keyring, attempts: int, require_reachable: Guard = trust) -> StoreOpener:
    """Return a function that opens the store of a location, keeping the most recent ones open."""
    from cloudflow_lib.adapters.stores.opening import OpenStores

    def open_one(location: Location, credential: Credential) -> ObjectStore:
        from cloudflow_lib.adapters.stores.build import build_store

        require_reachable(credential)
        secret = keyring.open(credential.sealed, bound_to=credential.credential_id)
        return build_store(location, credential, secret, attempts=attempts)

    return OpenStores(catalog, open_one)


def end_opener(catalog: Catalog, keyring: Keyring, attempts: int, require_reachable: Guard = trust) -> EndOpener:
    """Return a function that opens a location for one bulk copy, with a store of its own beside the fast path."""

    def open_end(location_id: str) -> BulkEnd:
        from cloudflow_lib.adapters.stores.build import build_bulk_store, build_store

        location = catalog.location(location_id)
        credential = catalog.credential(location.credential_id)
        require_reachable(credential)
        secret = keyring.open(credential.sealed, bound_to=credential.credential_id)

        def open_store() -> ObjectStore:
            return build_store(location, credential, secret, attempts=attempts)

        fast = build_bulk_store(location, credential, secret, connections=CONNECTIONS, open_store=open_store)
        return BulkEnd(fast=fast, open_store=open_store)

    return open_end
