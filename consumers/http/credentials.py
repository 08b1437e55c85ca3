"""Signing in at a source: its name and URL in, a requests auth object out that marks each request anew.

With a secret in FEEDSYNC['CREDENTIALS'] every request is signed by HMAC with a fresh nonce; otherwise it carries a
Google OIDC token whose audience is the source's URL.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import unquote

from requests import PreparedRequest
from requests.auth import AuthBase

from feedsync.auth import signing
from feedsync.auth.tokens import IdTokens
from feedsync.conf import settings


class Signature(AuthBase):
    """`reader` is who we are, `source` is the name of the environment that is asked."""

    def __init__(self, secret: str, *, reader: str, source: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._reader = reader
        self._source = source
        self._clock = clock

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        path, _, query = request.path_url.partition("?")
        body = request.body or b""
        message = signing.Message(
            environment=self._source,
            method=request.method or "",
            path=unquote(path),
            query=query,
            body=body.encode() if isinstance(body, str) else bytes(body),
        )
        request.headers["Authorization"] = signing.sign(message, self._secret, reader=self._reader, time=self._clock())
        return request


class IdToken(AuthBase):
    """A Google OIDC token as bearer."""

    def __init__(self, audience: str) -> None:
        self._tokens = IdTokens(audience)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._tokens.current()}"
        return request


def credentials_for(source: str, url: str) -> AuthBase:
    """How this environment signs in at the source of that name and URL."""
    options = settings()
    credential = options.credentials.get(source)
    if credential is not None and credential.secret:
        return Signature(credential.secret, reader=options.environment, source=source)
    return IdToken(url.rstrip("/"))
