"""
The one place where things are built: settings in, ports out.

Vendor SDKs load only here, and only when something of theirs is asked for: importing this module is
cheap enough for a DAG file.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from cloudflow_lib.bootstrap.pricing import book_finder, books_in_use
from cloudflow_lib.bootstrap.stores import end_opener, endpoint_guard, once_builder, store_opener, way_out
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.ports.clock import system_clock
from cloudflow_lib.ports.consumers import DeadLetters, EventHandler, EventSource
from cloudflow_lib.ports.event_feed import EventFeed
from cloudflow_lib.ports.publishers import Publisher
from cloudflow_lib.ports.secrets import Keyring
from cloudflow_lib.settings import Settings, read_settings
from cloudflow_lib.workflows.administrators import Administrators
from cloudflow_lib.workflows.apply_policy import PriceMoves
from cloudflow_lib.workflows.services import Services

if TYPE_CHECKING:
    from cloudflow_lib.workflows.advising_cases import AdviceRules


_BUILDING = Lock()


@cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return read_settings()


def services() -> Services:
    """Return the services of this process, built once."""
    with _BUILDING:  # `cache` alone lets two threads that come first build two worlds
        return _services()


@cache
def _services() -> Services:
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
    admins = Administrators(config.admins, catalog)
    guard = endpoint_guard(config, admins)
    way = way_out(config, admins)
    open_store = store_opener(catalog, keyring, config.transfer.attempts, guard, way)
    return Services(
        catalog=catalog,
        open_store=open_store,
        open_end=end_opener(catalog, keyring, config.transfer.attempts, guard, way),
        open_feed=feed_opener(open_store),
        own_traffic=config.access_logs.own_traffic(),
        keyring=keyring,
        build_store=once_builder(way),
        allowed_networks=config.network.allowed,
        upload_limits=config.uploads.limits(),
        mailer=SmtpMailer(config.smtp),
        platform=MachineWatch(config.kafka.bootstrap_servers, config.kafka.options, config.alerts.disks),
        post_webhook=post_webhook,
        clock=system_clock,
        admins=admins,
        mail_addresses=config.mail_addresses,
        mail_domain=config.mail_domain,
        price_book=book_finder(config),
        price_books=books_in_use(config),
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


def build_source(config: Settings, handler: EventHandler) -> EventSource:
    """Build where *handler* gets its events from."""
    from cloudflow_lib.adapters.publishers.kafka_source import KafkaSource

    return KafkaSource(config.kafka.bootstrap_servers, config.kafka.options, name=handler.name, reads=handler.reads)


def advice_rules(config: Settings) -> AdviceRules:
    """Return how recommendations are made."""
    from cloudflow_lib.workflows.advising_cases import AdviceRules

    return AdviceRules(guards=config.advice.guards(), destinations=config.advice.destinations)


def price_moves(bench: Services) -> PriceMoves:
    """Return what says what moves cost once, and save a month."""
    from cloudflow_lib.workflows.price_moves import MovePrices

    config = settings()
    return MovePrices(bench, config.classification.thresholds(), advice_rules(config))


def build_event_feed(config: Settings) -> EventFeed:
    """Build the reader of Kafka."""
    from cloudflow_lib.adapters.feeds.kafka import KafkaFeed

    return KafkaFeed(config.kafka.bootstrap_servers, config.kafka.options)
