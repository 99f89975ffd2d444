"""Addresses that users let us ask: never one inside our own network, unless the settings say so."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from cloudflow_lib.errors import WrongInputError

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

NAT64 = IPv6Network("64:ff9b::/96")
MAX_URL = 512
REFUSED = "that address is inside of our own network, and such are refused; an administrator may allow it"


def host_of(url: str) -> tuple[str, int]:
    """
    Return host and port of an endpoint.

    Raises:
        WrongInputError: It is no plain http(s) address; one line that says why.
    """
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise WrongInputError("the endpoint is no web address: write https://host or https://host:port")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = None
    if parts is None or parts.scheme not in {"http", "https"} or not host:
        raise WrongInputError("the endpoint is no web address: write https://host or https://host:port")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise WrongInputError("the endpoint holds more than a host: no user, no `?` and no `#`")
    return host, port or (443 if parts.scheme == "https" else 80)


def require_outside(addresses: Sequence[str], allowed: Sequence[Network]) -> None:
    """
    Raise WrongInputError if one of *addresses* is not public and in none of the *allowed* networks.

    That covers loopback, private and shared ranges, link-local ones with the metadata services of the
    clouds, and all of them in the clothes of an IPv6 address.
    """
    if not addresses:
        raise WrongInputError("the endpoint's host has no address: look whether it is spelt right")
    for text in addresses:
        address = _meant(ip_address(text.partition("%")[0]))
        is_public = address.is_global and not address.is_multicast
        if not is_public and not any(address in network for network in allowed if network.version == address.version):
            raise WrongInputError(REFUSED)


def _meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
