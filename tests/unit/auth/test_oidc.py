"""OIDC tokens: only Google's, for us, of now, with a verified e-mail address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from feedsync.auth.oidc import CertificateCache, verified_email
from feedsync.errors import Refused, TransientError
from tests.unit.auth.tokens import ACCOUNT, AUDIENCE, Issuer, claims, segment
from tests.unit.http.server import Server, plain


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    """Who signs the tokens in this module."""
    return Issuer.new()


@pytest.fixture
def server(issuer: Issuer) -> Iterator[Server]:
    """The certificate endpoint."""
    with Server({"/certs": plain(json.dumps(issuer.certificates).encode())}) as running:
        yield running


def email(token: str, server: Server, *, audience: str = AUDIENCE) -> str:
    """Verify with a cache of its own."""
    return verified_email(token, audience=audience, certs_url=f"{server.url}/certs", certificates=CertificateCache())


def test_good_token_gives_the_account(issuer: Issuer, server: Server) -> None:
    """A token of Google's for this environment proves its service account, in lower case."""
    assert email(issuer.token(email=ACCOUNT.upper()), server) == ACCOUNT


@pytest.mark.parametrize("changes", [{"aud": f"{AUDIENCE}/"}, {"iss": "accounts.google.com"}])
def test_both_spellings_pass(changes: dict[str, Any], issuer: Issuer, server: Server) -> None:
    """An end slash of the audience, and both spellings of Google as issuer, are alike."""
    assert email(issuer.token(**changes), server) == ACCOUNT


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}, id="expired"),
        pytest.param({"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200}, id="early"),
        {"exp": None},
        {"exp": "soon"},
        {"aud": "https://other.example"},
        {"aud": None},
        {"iss": "https://accounts.google.com.evil.example"},
        {"iss": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
        {"email": ""},
    ],
    ids=str,
)
def test_bad_claims_are_refused(changes: dict[str, Any], issuer: Issuer, server: Server) -> None:
    """Expired, early, for another audience, of another issuer, or without a verified address: refused."""
    with pytest.raises(Refused):
        email(issuer.token(**changes), server)


def test_unsigned_token_is_refused(server: Server) -> None:
    """The algorithm "none" is no signature."""
    with pytest.raises(Refused, match="invalid token"):
        email(f"{segment({'alg': 'none'})}.{segment(claims())}.", server)


def test_token_signed_with_the_certificate_is_refused(issuer: Issuer, server: Server) -> None:
    """The public certificate doesn't serve as an HMAC secret."""
    body = f"{segment({'alg': 'HS256', 'kid': 'key-1'})}.{segment(claims())}"
    digest = hmac.new(issuer.certificates["key-1"].encode(), body.encode(), hashlib.sha256).digest()
    with pytest.raises(Refused, match="invalid token"):
        email(f"{body}.{base64.urlsafe_b64encode(digest).decode()}", server)


@pytest.mark.parametrize("identifier", ["key-1", "key-2"])
def test_forged_signature_is_refused(identifier: str, server: Server) -> None:
    """A token signed by another key is refused, under a known key id and under its own."""
    with pytest.raises(Refused, match="invalid token"):
        email(Issuer.new(identifier).token(), server)


def test_tampered_claims_are_refused(issuer: Issuer, server: Server) -> None:
    """Claims can't be exchanged under a good signature."""
    header, _, signature = issuer.token().split(".")
    with pytest.raises(Refused, match="invalid token"):
        email(f"{header}.{segment(claims(email='root@example.com'))}.{signature}", server)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "....", "ä.ö.ü", "bnVsbA.bnVsbA.bnVsbA", "W10.W10.W10"])
def test_garbage_is_refused(token: str, server: Server) -> None:
    """Whatever isn't a token is refused, without another kind of exception."""
    with pytest.raises(Refused, match="invalid token"):
        email(token, server)


def test_without_base_url_nothing_is_checked(issuer: Issuer, server: Server) -> None:
    """An environment that doesn't know its URL can't take tokens: an empty audience would mean any."""
    with pytest.raises(Refused, match="BASE_URL"):
        email(issuer.token(), server, audience="")


def test_missing_certificates_are_no_refusal(issuer: Issuer, server: Server) -> None:
    """When the certificates can't be had, the caller may try again."""
    server.answers["/certs"] = plain(b"down", status=503)
    with pytest.raises(TransientError, match="certificates"):
        email(issuer.token(), server)


def test_certificates_are_kept_for_an_hour(issuer: Issuer, server: Server) -> None:
    """Certificates are fetched once an hour, not once a request; failures aren't kept."""
    seconds = [0.0]
    cache = CertificateCache(clock=lambda: seconds[0])
    good = server.answers["/certs"]
    server.answers["/certs"] = plain(b"down", status=503)
    with pytest.raises(TransientError):
        verified_email(issuer.token(), audience=AUDIENCE, certs_url=f"{server.url}/certs", certificates=cache)
    server.answers["/certs"] = good
    for moment in (1.0, 3600.0, 3601.0):
        seconds[0] = moment
        verified_email(issuer.token(), audience=AUDIENCE, certs_url=f"{server.url}/certs", certificates=cache)
    assert len(server.paths) == 3
