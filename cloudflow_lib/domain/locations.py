"""Places where files lie, and who owns what lies there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import WrongInputError


class Provider(StrEnum):
    """Which protocol a location speaks; compatible servers count as the protocol they speak."""

    S3 = "s3"
    AZURE = "azure"
    GCS = "gcs"
    MEMORY = "memory"


DEFAULT_CLASSES: Mapping[Provider, Mapping[Tier, str]] = {
    Provider.S3: {Tier.HOT: "STANDARD", Tier.WARM: "STANDARD_IA", Tier.COLD: "GLACIER_IR"},
    Provider.AZURE: {Tier.HOT: "Hot", Tier.WARM: "Cool", Tier.COLD: "Cold"},
    Provider.GCS: {Tier.HOT: "STANDARD", Tier.WARM: "NEARLINE", Tier.COLD: "COLDLINE"},
    Provider.MEMORY: {Tier.HOT: "HOT", Tier.WARM: "WARM", Tier.COLD: "COLD"},
}
"""The storage class behind each tier, all readable at once: an archive class is asked for by name only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFeed:
    """Where the access logs of a location arrive."""

    dialect: str
    """Whose format it is: `s3`, `versitygw`, `azure`, `gcs`."""
    place: str
    """A glob of files on this machine (`/var/log/s3/*.log`), or `LOCATION_ID:PREFIX` for logs in a bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One bucket or container, or a prefix in it, with the credential that opens it."""

    location_id: str
    """A short name that people type, such as `s3-main`; unique."""
    provider: Provider
    bucket: str
    prefix: str = ""
    credential_id: str
    owner: str
    """The user who owns files that no longer prefix in *owners* claims."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Key prefix -> user. The longest matching prefix decides."""
    classes: Mapping[Tier, str] = field(default_factory=dict)
    """Tier -> storage class, where it differs from the provider's default."""
    log_feeds: tuple[LogFeed, ...] = ()
    single_class: bool = False
    """An S3-compatible store without storage classes: its tiers are other locations."""

    def __post_init__(self) -> None:
        if not self.location_id or not self.bucket:
            raise WrongInputError("a location needs a name and a bucket")

    def owner_of(self, key: str) -> str:
        """Return the user who owns the object *key*."""
        claims = [prefix for prefix in self.owners if key.startswith(prefix)]
        return self.owners[max(claims, key=len)] if claims else self.owner

    def class_for(self, tier: Tier) -> str:
        """Return the storage class that *tier* means here."""
        if self.single_class:
            return DEFAULT_CLASSES[self.provider][Tier.HOT]
        return self.classes.get(tier) or DEFAULT_CLASSES[self.provider][tier]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What opens a location, sealed: the secret part is readable by its keyring alone."""

    credential_id: str
    provider: Provider
    owner: str
    endpoint_url: str | None = None
    region: str | None = None
    account: str | None = None
    """Access key id, storage account name or project: not a secret."""
    sealed: bytes
    """AES-256-GCM envelope of a JSON object with the secret fields."""
