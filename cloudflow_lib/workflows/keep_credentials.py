"""Keep what opens a store: sealed, under a name that is its owner's, and never shown again."""

from __future__ import annotations

import logging
from dataclasses import replace

from cloudflow_lib.domain.locations import Credential
from cloudflow_lib.errors import LostRaceError, NameTakenError, NotFoundError, WrongInputError, WrongStateError
from cloudflow_lib.workflows.credentials import CredentialWish, check_credential, check_form, keyring_of, unsealed
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)


def add_credential(wish: CredentialWish, services: Services) -> Credential:
    """
    Seal the credential and keep it.

    Raises:
        WrongInputError: It is not as it should be, or its name is taken.
    """
    check_credential(wish, services)
    credential = _sealed(wish, services)
    if not services.catalog.put_credential(credential, instead_of=None):
        raise NameTakenError(f"there is a credential named {wish.credential_id!r} already: choose another name")
    log.info("credential.added credential=%s owner=%s", credential.credential_id, credential.owner)
    return credential


def seal_credential(wish: CredentialWish, services: Services) -> Credential:
    """
    Seal a credential, new or in place of the one with its name, for who runs the platform: any endpoint will do.

    Raises:
        WrongInputError: Something of it is missing, or of the wrong form.
    """
    check_form(wish)
    credential = _sealed(wish, services)
    services.catalog.save_credential(credential)
    log.info("credential.sealed credential=%s owner=%s", credential.credential_id, credential.owner)
    return credential


def replace_credential(wish: CredentialWish, services: Services, *, by: str) -> Credential:
    """
    Keep the credential in place of the one with its name, which keeps its owner and its provider.

    Raises:
        NotFoundError: There is none among those that *by* may touch.
        WrongInputError: It is not as it should be.
        LostRaceError: Somebody else changed it in the same moment.
    """
    known = credential_of(wish.credential_id, by, services)
    if known.provider is not wish.provider:
        raise WrongInputError("a credential keeps its provider: choose another name")
    wish = replace(wish, owner=known.owner)
    check_credential(wish, services)
    credential = _sealed(wish, services)
    if not services.catalog.put_credential(credential, instead_of=known):
        raise LostRaceError("this credential was changed by somebody else: look at it again")
    log.info("credential.replaced credential=%s by=%s", credential.credential_id, by)
    return credential


def remove_credential(credential_id: str, services: Services, *, by: str) -> None:
    """
    Forget a credential that opens nothing.

    Raises:
        NotFoundError: There is none among those that *by* may touch.
        WrongStateError: A location needs it.
    """
    known = credential_of(credential_id, by, services)
    _require_unused(credential_id, services)
    if not services.catalog.remove_credential(known):
        raise LostRaceError("this credential was changed by somebody else: look at it again")
    try:
        _require_unused(credential_id, services)  # a location may have come in between; it looks for us, too
    except WrongStateError:
        services.catalog.put_credential(known, instead_of=None)
        raise
    log.info("credential.removed credential=%s by=%s", credential_id, by)


def credential_of(credential_id: str, user: str, services: Services) -> Credential:
    """Return the credential, or raise NotFoundError, in the same words for one of somebody else."""
    credential = services.catalog.credential(credential_id)
    if not services.may_touch(user, credential.owner):
        raise NotFoundError(f"there is no credential {credential_id!r}")
    return credential


def rotate_credentials(services: Services) -> tuple[int, int]:
    """
    Seal every credential by the active key; return how many were, of how many. Doing it again changes nothing.

    One that was replaced in the same moment is sealed by that key already.

    Raises:
        SecretError: One does not open: its key is not in the ring any more.
    """
    keyring, found = keyring_of(services), services.catalog.credentials()
    changed = 0
    for credential in found:
        sealed = keyring.rotate(credential.sealed, bound_to=credential.credential_id)
        if sealed != credential.sealed:
            changed += services.catalog.put_credential(replace(credential, sealed=sealed), instead_of=credential)
    return changed, len(found)


def _sealed(wish: CredentialWish, services: Services) -> Credential:
    sealed = keyring_of(services).seal(wish.secret, bound_to=wish.credential_id)
    return replace(unsealed(wish), sealed=sealed)


def _require_unused(credential_id: str, services: Services) -> None:
    users = [place.location_id for place in services.catalog.locations() if place.credential_id == credential_id]
    if users:
        raise WrongStateError(f"{', '.join(users[:5])} cannot be opened without it: give them another credential first")
