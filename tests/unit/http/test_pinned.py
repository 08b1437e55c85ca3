"""Connecting: the address that was checked is the one that is connected to; names stay in Host, SNI and certificate."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from requests.auth import HTTPBasicAuth

from consumers.http.session import Source
from feedsync.errors import SourceUnavailable, UnsafeUrl
from tests.unit.http.server import Server, plain

AUTH = HTTPBasicAuth("a", "b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """A self-signed certificate for studio.test: the file to trust, and the server's side of it."""

    bundle: Path
    context: ssl.SSLContext


@pytest.fixture
def certified(tmp_path: Path) -> Certified:
    """A certificate of our own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "studio.test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("studio.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    bundle, key_file = tmp_path / "bundle.pem", tmp_path / "key.pem"
    bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle, key_file)
    return Certified(bundle=bundle, context=context)


@pytest.fixture
def secure(certified: Certified) -> Iterator[Server]:
    """A source with that certificate."""
    with Server({"/contract/": plain(b"{}")}, tls=certified.context) as server:
        yield server


@pytest.fixture
def server() -> Iterator[Server]:
    """A source without TLS."""
    with Server({"/contract/": plain(b"{}")}) as running:
        yield running


def local(*_: object) -> list[str]:
    """A resolver that sends every name to this machine."""
    return ["127.0.0.1"]


def test_name_is_kept_in_host_sni_and_certificate(
    certified: Certified, secure: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connecting by address changes nothing that the source sees, and its certificate is checked for the name."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certified.bundle))
    url = f"https://studio.test:{secure.port}"
    with Source(url, auth=AUTH, allow_private=True, resolve=local) as client:
        assert client.get_json("contract/") == {}
    assert secure.names == ["studio.test"]
    assert secure.headers[0]["host"] == f"studio.test:{secure.port}"


def test_certificate_of_another_name_is_refused(
    certified: Certified, secure: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted certificate doesn't serve for another name at the same address; nothing is sent."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certified.bundle))
    url = f"https://shop.test:{secure.port}"
    with (
        Source(url, auth=AUTH, allow_private=True, resolve=local) as client,
        pytest.raises(SourceUnavailable, match="is its certificate trusted here"),
    ):
        client.get_json("contract/")
    assert secure.headers == []


def test_untrusted_certificate_is_refused(secure: Server) -> None:
    """Without the bundle the certificate is a stranger's."""
    url = f"https://studio.test:{secure.port}"
    with (
        Source(url, auth=AUTH, allow_private=True, resolve=local) as client,
        pytest.raises(SourceUnavailable, match="is its certificate trusted here"),
    ):
        client.get_json("contract/")


def test_plain_http_server_behind_https_is_told(server: Server) -> None:
    """https at a port that speaks http is an error about TLS."""
    with (
        Source(f"https://studio.test:{server.port}", auth=AUTH, allow_private=True, resolve=local) as client,
        pytest.raises(SourceUnavailable, match="is its certificate trusted here"),
    ):
        client.get_json("contract/")


def test_name_that_turns_private_is_not_connected_to(server: Server) -> None:
    """DNS rebinding: what counts is the answer at the time of connecting, and it is asked for once a connection."""
    answers = [["8.8.8.8"], ["127.0.0.1"]]
    assert answers.pop(0) == ["8.8.8.8"]  # what a check before the request would have seen
    with (
        Source(
            f"https://studio.test:{server.port}", auth=AUTH, allow_private=False, resolve=lambda *_: answers.pop(0)
        ) as client,
        pytest.raises(UnsafeUrl, match=r"127\.0\.0\.1"),
    ):
        client.get_json("contract/")
    assert answers == []
    assert server.paths == []


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254"])
def test_name_of_the_metadata_service_is_never_connected_to(address: str) -> None:
    """In development too, no name leads to the credentials of the machine."""
    with (
        Source("http://studio.test", auth=AUTH, allow_private=True, resolve=lambda *_: [address]) as client,
        pytest.raises(UnsafeUrl, match="never a source"),
    ):
        client.get_json("contract/")


def test_next_address_is_tried(server: Server) -> None:
    """A host with several addresses is reached by the first that accepts."""
    url = f"http://studio.test:{server.port}"
    with Source(url, auth=AUTH, allow_private=True, resolve=lambda *_: ["127.0.0.2", "127.0.0.1"]) as client:
        assert client.get_json("contract/") == {}


def test_unsafe_url_is_refused_before_anything_is_sent() -> None:
    """What the URL alone tells is refused when the source is opened."""
    with pytest.raises(UnsafeUrl):
        Source("http://127.0.0.1:1", auth=AUTH, allow_private=False)


def test_literal_ipv6_address_is_connected_to() -> None:
    """An address in brackets works like a name."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
    with (
        Source(f"http://[::1]:{port}", auth=AUTH, allow_private=True, sleep=lambda _: None) as client,
        pytest.raises(SourceUnavailable, match="refused the connection"),
    ):
        client.get_json("contract/")
