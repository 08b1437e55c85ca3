"""Google OIDC ID tokens: a token in, the verified e-mail address of its service account out.

Signature, expiry, audience, issuer and the verified e-mail are all checked; whether that account may do anything is
the caller's to decide. Google's certificates are kept for an hour. See https://developers.google.com/identity/openid-connect.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, cast

from feedsync.errors import Refused, TransientError

if TYPE_CHECKING:
    from google.auth.transport import Request, Response

ISSUERS = frozenset({"accounts.google.com", "https://accounts.google.com"})
CERTIFICATE_SECONDS = 3600
CLOCK_SKEW_SECONDS = 30
FETCH_TIMEOUT_SECONDS = 10
MAX_REASON = 200


class CertificateCache:
    """A google-auth transport that remembers good answers for an hour: certificates are read on every request."""

    def __init__(self, *, fetch: Request | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: dict[str, tuple[float, Response]] = {}  # {url: (fetched at, answer)}

    def __call__(self, url: str, method: str = "GET", **_: Any) -> Response:
        fetched_at, kept = self._kept.get(url, (0.0, None))
        if kept is not None and self._clock() - fetched_at < CERTIFICATE_SECONDS:
            return kept
        answer: Response = self._transport()(url, method=method, timeout=FETCH_TIMEOUT_SECONDS)
        if answer.status == 200:
            self._kept[url] = (self._clock(), answer)
        return answer

    def _transport(self) -> Request:
        if self._fetch is None:
            from google.auth.transport.requests import Request

            self._fetch = Request()
        return self._fetch


def verified_email(
    token: str, *, audience: str | Collection[str], certs_url: str, certificates: CertificateCache | None = None
) -> str:
    """The service account that this token proves; raises Refused, or TransientError without certificates.

    `audience`: whom the token must be for, or each of whom it may be for.
    """
    accepted = [url for url in ([audience] if isinstance(audience, str) else audience) if url]
    if not accepted:
        # google-auth takes an empty audience for "any": that would accept tokens made for other services.
        raise Refused("FEEDSYNC['BASE_URL'] is empty, so no token can be checked against it")
    claims = _claims(token, accepted, certs_url=certs_url, certificates=certificates or _certificates())
    if claims.get("iss") not in ISSUERS:
        raise Refused("token of another issuer")
    if claims.get("email_verified") is not True:
        raise Refused("token without a verified e-mail address")
    email = claims.get("email")
    if not isinstance(email, str) or not email:
        raise Refused("token without an e-mail address")
    return email.lower()


def _claims(
    token: str, accepted: Collection[str], *, certs_url: str, certificates: CertificateCache
) -> Mapping[str, Any]:
    from google.auth.exceptions import GoogleAuthError, TransportError
    from google.oauth2.id_token import verify_token

    bare = [url.rstrip("/") for url in accepted]
    try:
        return verify_token(
            token,
            cast("Request", certificates),  # one by shape: a subclass would import google.auth with this module
            audience=[*bare, *(f"{url}/" for url in bare)],
            certs_url=certs_url,
            clock_skew_in_seconds=CLOCK_SKEW_SECONDS,
        )
    except TransportError as error:
        raise TransientError(f"The certificates at {certs_url} could not be fetched: {error}") from error
    except (GoogleAuthError, ValueError, TypeError, AttributeError) as error:
        # Malformed tokens surface as any of these from the decoder.
        raise Refused(f"invalid token: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """What the decoder says, up to where it quotes the token: that may be somebody's secret in the wrong place."""
    return str(error).partition(": ")[0].partition("b'")[0][:MAX_REASON]


@functools.cache
def _certificates() -> CertificateCache:
    """One a process, made on first use."""
    return CertificateCache()
