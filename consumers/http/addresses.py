"""Which URLs and addresses may be connected to: a URL or an IP address in, None or UnsafeUrl out.

The URL of a source is typed by a person into the admin, so without these rules it would reach whatever this server
reaches. Only https to public addresses passes; `allow_private` (development) adds http and private addresses; the
metadata services of clouds, link-local and multicast addresses never pass.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from feedsync.errors import UnsafeUrl

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]

BARE = "The URL of a source is only https://host/prefix: no user, password, query or fragment."
METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog"})
# Metadata services that are not link-local: Amazon's and Google's over IPv6, Alibaba's, Azure's host agent.
METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text) for text in ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def check_url(url: str, *, allow_private: bool) -> None:
    """Raise UnsafeUrl for what can be told without asking DNS; the rest is checked on connecting."""
    check_target(url, allow_private=allow_private)
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise UnsafeUrl(BARE)


def check_target(url: str, *, allow_private: bool) -> None:
    """The same for a URL that a source gave us, which may have a query."""
    shown = (
        "The URL of the source" if "@" in url or "?" in url else url
    )  # whatever stands before an @ may be a password
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise UnsafeUrl(f"{shown} is not a URL: it must look like https://host.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise UnsafeUrl(f"{shown} is not a complete URL: it must look like https://host.")
    if parts.scheme == "http" and not allow_private:
        raise UnsafeUrl(
            f"{shown} is not encrypted: use https, or set FEEDSYNC['ALLOW_PRIVATE_SOURCES'] in development."
        )
    if parts.username is not None:
        raise UnsafeUrl(BARE)
    if host in METADATA_NAMES:
        raise UnsafeUrl(f"{host} is the metadata service of the cloud, which is never a source.")
    literal = _literal(host)
    if literal is not None:
        check_address(literal, host, allow_private=allow_private)


def check_address(address: Address, host: str, *, allow_private: bool) -> None:
    """Raise UnsafeUrl when a connection to this address, which `host` stands for, isn't allowed."""
    address = _innermost(address)
    where = f"{host} is at {address}" if host != str(address) else f"This is {address}"
    if address in METADATA_ADDRESSES or address.is_link_local or address.is_multicast or address.is_unspecified:
        raise UnsafeUrl(f"{where}, an address that is never a source (link-local, metadata, multicast).")
    if not allow_private and not address.is_global:
        raise UnsafeUrl(f"{where}, which is not a public address: set FEEDSYNC['ALLOW_PRIVATE_SOURCES'] to allow it.")


def checked_addresses(host: str, port: int, *, resolve: Resolver, allow_private: bool) -> list[str]:
    """All addresses of the host, each of them allowed; one forbidden among them refuses the host as a whole."""
    found = resolve(host, port)
    for text in found:
        check_address(ipaddress.ip_address(text.partition("%")[0]), host, allow_private=allow_private)
    return found


def system_resolver(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver gives; raises socket.gaierror."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(socket_address[0]) for *_, socket_address in answers))


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 address embeds, since that is where the packets end up."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address
