"""Tokens as the issuer makes them."""

from __future__ import annotations

from google.auth import jwt

from emulator.identity.issuer import Issuer


def test_a_token_is_like_googles() -> None:
    """Valid for an hour from now, for one audience; an account has one numeric id."""
    issuer = Issuer(clock=lambda: 1_000_000.5)
    claims = jwt.decode(issuer.id_token(email="a@example.com", audience="b"), verify=False)  # type: ignore[no-untyped-call]
    assert (claims["iss"], claims["aud"], claims["iat"], claims["exp"]) == (
        "https://accounts.google.com",
        "b",
        1_000_000,
        1_003_600,
    )
    assert (claims["email"], claims["email_verified"], claims["sub"]) == ("a@example.com", True, claims["azp"])
    assert len(claims["sub"]) == 21
    assert claims["sub"].isdigit()


def test_a_token_is_shared_for_a_while() -> None:
    """By account and audience, far shorter than it is valid."""
    now = [1000.0]
    issuer = Issuer(clock=lambda: now[0])
    first = issuer.shared_id_token(email="a@example.com", audience="b")
    assert issuer.shared_id_token(email="a@example.com", audience="b") is first
    assert issuer.shared_id_token(email="a@example.com", audience="c") != first
    assert issuer.shared_id_token(email="c@example.com", audience="b") != first
    now[0] += 301
    assert issuer.shared_id_token(email="a@example.com", audience="b") != first
