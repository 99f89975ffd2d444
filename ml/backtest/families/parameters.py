"""Every number that the development families are made from, with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

KIB, MIB, GIB = 1024, 1024**2, 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Images and videos of a social network: read a lot while young. After f4 (Muralidhar et al., OSDI 2014)."""

    size_median: float = 2 * MIB
    size_sigma: float = 1.5
    decay: float = 1.107
    """Reads fall tenfold in a week: (1 + 7 days) ** -1.107 = 0.1."""
    first_rate_median: float = 1.0
    """Reads on the first day; spread assumed."""
    first_rate_sigma: float = 2.0
    flat_types: float = 1 / 9
    """One of the nine types that f4 describes does not decay."""
    weekday: float = 0.3
    deleted: float = 0.05
    deleted_after_days: float = 40.0
    prefixes: int = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Lake:
    """Partitions of a data lake: most are never opened again. After Abad et al. (IISWC 2012)."""

    size_median: float = 128 * MIB
    size_sigma: float = 1.0
    never_opened: float = 0.515
    opened_once: float = 0.15
    opened_to_5: float = 0.684
    opened_to_10: float = 0.81
    opened_to_937: float = 0.998
    """Where the power law begins; the share beyond it is assumed."""
    power: float = 2.99
    first_day: float = 0.854
    age_exponent: float = 0.209
    """P(age of an access > x days) = 0.146 x ** -0.209."""
    monthly: float = 0.10
    quarterly: float = 0.02
    """Shares that reports read again; assumed."""
    retention_days: tuple[tuple[float, int | None], ...] = ((0.6, None), (0.2, 90), (0.2, 365))
    prefixes: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyValue:
    """Small values of a key-value store with a steady popularity: 94 % below 128 KiB."""

    size_median: float = 4 * KIB
    size_sigma: float = 2.2
    zipf: float = 1.2
    reads_per_object_day: float = 1.0
    """Mean over all objects; assumed."""
    season: float = 0.3
    prefixes: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenants:
    """Buckets of many customers, each with a habit of its own; shapes assumed."""

    sizes: tuple[tuple[float, float, float], ...] = (
        (0.50, 1 * KIB, 100 * KIB),
        (0.47, 1 * MIB, 10 * MIB),
        (0.03, 1 * GIB, 20 * GIB),
    )
    """Share, from, to: uniform in the logarithm."""
    buckets: int = 12
    zipf_max: float = 1.2
    rate_median: float = 0.02
    rate_sigma: float = 1.5
    read_once: float = 0.48
    read_once_within_days: float = 3.0
    on_off: float = 1 / 3
    on_days_median: float = 20.0
    off_days_median: float = 45.0
    on_off_sigma: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """Backup sets: verified, then silent, unless something has to be restored; shapes assumed."""

    size_median: float = 512 * MIB
    size_sigma: float = 1.3
    verified: float = 0.5
    sets: int = 20
    days_between_restores: float = 240.0
    newest: float = 0.10
    half_the_set: float = 0.25
    """Share of restores that need half of the set instead of its newest part."""
    expiry_days: tuple[tuple[float, int], ...] = ((0.40, 35), (0.20, 90), (0.25, 365), (0.15, 2555))


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What may change after adoption."""

    woken: float = 1 / 3
    """Share of the prefixes that wake up."""
    woken_rate: float = 0.1
    """Reads per object and day from then on."""
    wakes_after: tuple[float, float] = (0.1, 0.4)
    """Between which parts of the billed days it begins."""
    scan_after: tuple[float, float] = (0.2, 0.7)
    scan_days: int = 2
    thinned_to: float = 0.1


MEDIA, LAKE, KEYVALUE, TENANTS, BACKUP = Media(), Lake(), KeyValue(), Tenants(), Backup()
