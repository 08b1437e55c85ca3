"""URLs and addresses: https to public addresses passes, the rest needs a word of the operator or never passes."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from consumers.http.addresses import check_address, check_url, checked_addresses, system_resolver
from feedsync.errors import UnsafeUrl

PRIVATE = ["127.0.0.1", "127.9.9.9", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "::1", "fd12::1"]
NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "224.0.0.1",
    "ff02::1",
    "0.0.0.0",
    "::",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
]


def check(text: str, *, allow_private: bool) -> None:
    check_address(ipaddress.ip_address(text), "source.example", allow_private=allow_private)


@pytest.mark.parametrize("text", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
@pytest.mark.parametrize("allow_private", [False, True])
def test_public_addresses_pass(text: str, allow_private: bool) -> None:
    """A source on the internet is what this is for."""
    check(text, allow_private=allow_private)


@pytest.mark.parametrize("text", [*PRIVATE, "::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "240.0.0.1", "192.0.2.1"])
def test_private_addresses_need_a_setting(text: str) -> None:
    """Loopback, private and reserved networks are refused, also when an IPv6 address embeds them."""
    with pytest.raises(UnsafeUrl, match="ALLOW_PRIVATE_SOURCES"):
        check(text, allow_private=False)


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_pass_with_the_setting(text: str) -> None:
    """In development a source may be next door."""
    check(text, allow_private=True)


@pytest.mark.parametrize("text", NEVER)
@pytest.mark.parametrize("allow_private", [False, True])
def test_metadata_addresses_never_pass(text: str, allow_private: bool) -> None:
    """No setting opens the metadata service of a cloud, link-local or multicast addresses."""
    with pytest.raises(UnsafeUrl):
        check(text, allow_private=allow_private)


@pytest.mark.parametrize("url", ["https://studio.example", "https://studio.example:8443/prefix", "https://8.8.8.8/"])
def test_https_urls_pass(url: str) -> None:
    """A public https URL needs no setting."""
    check_url(url, allow_private=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://[::1]:8000", "http://studio.example"])
def test_http_needs_a_setting(url: str) -> None:
    """Unencrypted and local sources are for development."""
    check_url(url, allow_private=True)
    with pytest.raises(UnsafeUrl, match="ALLOW_PRIVATE_SOURCES"):
        check_url(url, allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "studio.example",
        "https://",
        "https:///path",
        "ftp://studio.example",
        "file:///etc/passwd",
        "https://studio.example:port",
        "https://[::1",
        "https://user:password@studio.example",
        "https://studio.example@evil.example",
        "https://studio.example/?next=/",
        "https://studio.example/#part",
        "https://metadata.google.internal",
        "https://METADATA.google.internal.",
        "https://metadata/",
        "https://169.254.169.254/computeMetadata",
        "https://[fe80::1%25eth0]/",
    ],
)
@pytest.mark.parametrize("allow_private", [False, True])
def test_other_urls_never_pass(url: str, allow_private: bool) -> None:
    """Other schemes, credentials in the URL, queries and metadata services are refused whatever is set."""
    with pytest.raises(UnsafeUrl):
        check_url(url, allow_private=allow_private)


@pytest.mark.parametrize("start", ["https", "http", "ftp", "https://[", "https://host:port"])
def test_password_in_a_url_is_not_repeated(start: str) -> None:
    """The error for a URL with a password in it can be shown in the admin, whatever else is wrong with it."""
    with pytest.raises(UnsafeUrl) as caught:
        check_url(f"{start}://user:hunter2@studio.example", allow_private=False)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_one_forbidden_address_refuses_the_host() -> None:
    """A name that is public and private at once is refused, so that no retry picks the private one."""
    with pytest.raises(UnsafeUrl, match=r"10\.0\.0\.1"):
        checked_addresses("source.example", 443, resolve=lambda *_: ["8.8.8.8", "10.0.0.1"], allow_private=False)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_odd_spellings_of_local_addresses_are_refused(host: str) -> None:
    """What the system's resolver makes of a name is checked, however the address is spelled."""
    try:
        found = system_resolver(host, 443)
    except socket.gaierror:
        return
    with pytest.raises(UnsafeUrl):
        checked_addresses(host, 443, resolve=lambda *_: found, allow_private=False)
