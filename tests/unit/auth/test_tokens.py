"""ID tokens for sources: fetched by Google's own library from the identity that the environment has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from feedsync.auth.tokens import IdTokens
from feedsync.errors import ConfigurationError, TransientError
from tests.unit.auth.tokens import AUDIENCE, Issuer
from tests.unit.http.server import Answer, Server, plain


class Endpoint:
    """Google's token endpoint, which a service account's key file names."""

    def __init__(self, server: Server, directory: Path, issuer: Issuer) -> None:
        self.server = server
        self.issuer = issuer
        self.key_file = issuer.key_file(directory, token_uri=f"{server.url}/token")

    def answers(self, answer: Answer) -> None:
        self.server.answers["/token"] = answer


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """An environment with a key file."""
    with Server() as server:
        endpoint = Endpoint(server, tmp_path, Issuer.new())
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(endpoint.key_file))
        yield endpoint


def gives(token: str) -> Answer:
    """An answer of Google's endpoint."""
    return plain(json.dumps({"id_token": token}).encode())


def test_token_is_fetched_once_while_it_is_valid(endpoint: Endpoint) -> None:
    """Many requests share a token until it runs out."""
    tokens, good = IdTokens(AUDIENCE), endpoint.issuer.token()
    endpoint.answers(gives(good))
    assert [tokens.current(), tokens.current()] == [good, good]
    assert endpoint.server.paths == ["/token"]


def test_expired_token_is_renewed(endpoint: Endpoint) -> None:
    """A token that ran out isn't sent again."""
    tokens, old, good = IdTokens(AUDIENCE), endpoint.issuer.token(exp=1_000_000_000), endpoint.issuer.token()
    endpoint.answers(gives(old))
    tokens.current()
    endpoint.answers(gives(good))
    assert tokens.current() == good


def test_refused_identity_is_a_matter_of_configuration(endpoint: Endpoint) -> None:
    """When Google refuses the key, somebody has to look at it."""

    def refuse(handler: BaseHTTPRequestHandler) -> None:
        plain(b'{"error": "invalid_grant"}', status=400)(handler)

    endpoint.answers(refuse)
    with pytest.raises(ConfigurationError, match="invalid_grant"):
        IdTokens(AUDIENCE).current()


def test_unreachable_google_is_transient(endpoint: Endpoint) -> None:
    """When Google can't be reached, the same may work later."""
    key = json.loads(endpoint.key_file.read_text()) | {"token_uri": "http://127.0.0.1:1/token"}
    endpoint.key_file.write_text(json.dumps(key))
    with pytest.raises(TransientError, match="could not be reached"):
        IdTokens(AUDIENCE).current()


def test_missing_identity_is_a_matter_of_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any identity the error names the two ways to sign in."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    with pytest.raises(ConfigurationError, match="set a secret in FEEDSYNC"):
        IdTokens(AUDIENCE).current()
