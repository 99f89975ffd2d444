"""Every error this platform raises on purpose, as one family tree."""

from __future__ import annotations

from collections.abc import Mapping


class CloudFlowError(Exception):
    """Every error this platform raises on purpose; its text says what to do."""


class WrongInputError(CloudFlowError):
    """What the user asked for cannot be done as asked; asking again differently may work."""


class TooLargeError(WrongInputError):
    """More bytes than one file, or one request, may have."""


class QuotaError(TooLargeError):
    """Its owner would have more than they may."""


class TypeRefusedError(WrongInputError):
    """Files of this type are not taken here."""


class NameTakenError(WrongInputError):
    """Something else has that name already."""


class WrongOffsetError(WrongInputError):
    """An upload was to be carried on with at another place than where it stands."""


class UploadBusyError(CloudFlowError):
    """Another request sends the same upload; the same call may work in a moment."""


class NotFoundError(CloudFlowError):
    """The catalogue knows no such thing, or not for this user."""


class CampaignRefusedError(NotFoundError):
    """There is no such campaign, because it was refused; the text says why."""


class NotAllowedError(CloudFlowError):
    """The user may not do this to these files."""


class WrongStateError(NotAllowedError):
    """As things stand this cannot be done, by anybody; the text says what can."""


class NotSignedInError(CloudFlowError):
    """Nobody is signed in, or not any more."""


class SecretError(CloudFlowError):
    """A secret cannot be opened: wrong key, or it was tampered with."""


class CatalogError(CloudFlowError):
    """The catalogue could not do what was asked."""


class CatalogUnavailableError(CatalogError):
    """The catalogue is busy or unreachable; the same call may work later."""


class OrchestratorError(CatalogUnavailableError):
    """Airflow did not take a run; the same call may work later."""


class AccountsUnavailableError(CatalogUnavailableError):
    """Airflow's database, which holds the accounts, does not answer; the same call may work later."""


class LostRaceError(CatalogError):
    """Somebody else changed the document first; read it again and decide anew."""


class PublishError(CloudFlowError):
    """An event was not acknowledged by the broker; it stays in the outbox."""


class EventsRefusedError(PublishError):
    """The broker will not take some events as they are, now or later; it took all others."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{event_id}: {reason}" for event_id, reason in reasons.items()))
        self.reasons = reasons
        """Event id -> why."""


class FeedUnavailableError(CloudFlowError):
    """Events cannot be read: the broker does not answer."""


class MailError(CloudFlowError):
    """A mail was not accepted by the mail server."""


class MailRefusedError(MailError):
    """The mail server refuses this mail for good, such as one to an address that it does not know."""


class MailUnwritableError(MailError):
    """One mail cannot be put into words or into a message; others can."""


class WebhookError(CloudFlowError):
    """Nobody took the call of a webhook; it is tried again."""


class StoreError(CloudFlowError):
    """A storage call failed."""


class StoreUnavailableError(StoreError):
    """The store is busy or unreachable; the same call may work later. The only error whose call is tried again."""

    retry_after: float | None = None
    """Seconds that the store asked us to wait, if it did."""


class StoreFullError(StoreError):
    """The destination has no room or quota left, perhaps for a moment: the task is tried again, not the call."""


class AccessDeniedError(StoreError):
    """The credential is wrong, expired, or lacks a permission."""


class ObjectNotFoundError(StoreError):
    """There is no such object (any more)."""


class BucketNotFoundError(StoreError):
    """There is no such bucket or container."""


class ObjectExistsError(StoreError):
    """A create-only write met an object that is already there."""


class ObjectChangedError(StoreError):
    """The object is no longer the version we planned for."""


class ObjectArchivedError(StoreError):
    """The object lies in an archive class and must be restored before it can be read."""


class UploadNotFoundError(StoreError):
    """The multipart upload is unknown: finished, aborted or expired."""


class InvalidNameError(StoreError):
    """The store does not allow this object name."""


class CorruptDataError(StoreError):
    """The bytes are not what their length or checksum promised."""


class UnsupportedError(StoreError):
    """The store cannot do this; its capabilities say so."""


PERMANENT_ERRORS: tuple[type[CloudFlowError], ...] = (
    WrongInputError,
    NotFoundError,
    NotAllowedError,
    SecretError,
    AccessDeniedError,
    ObjectNotFoundError,
    BucketNotFoundError,
    ObjectExistsError,
    ObjectChangedError,
    InvalidNameError,
    UnsupportedError,
)
"""Trying again changes nothing: fail at once and tell the user."""
