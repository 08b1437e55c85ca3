"""ID tokens for calling a source: its URL as audience in, a fresh Google OIDC token out.

The identity is the environment's own: the service account of App Engine, Cloud Run or GCE, or the key file that
GOOGLE_APPLICATION_CREDENTIALS names. Credentials are kept, so that a token serves until shortly before it expires.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from feedsync.errors import ConfigurationError, TransientError

if TYPE_CHECKING:
    from google.auth.transport.requests import Request


class IdTokens:
    """Tokens for one audience."""

    def __init__(self, audience: str) -> None:
        self._audience = audience
        self._credentials: Any = None

    def current(self) -> str:
        """A token with time left; raises ConfigurationError where this environment has no Google identity."""
        from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError
        from google.auth.transport.requests import Request

        try:
            return self._refreshed(Request())
        except DefaultCredentialsError as error:
            raise ConfigurationError(
                f"No way to sign in at {self._audience}: set a secret in FEEDSYNC['CREDENTIALS'] under the data "
                f"source's name, or run with a Google service account."
            ) from error
        except RefreshError as error:
            raise ConfigurationError(f"Google gave no ID token for {self._audience}: {error}") from error
        except TransportError as error:
            raise TransientError(f"Google could not be reached for an ID token: {error}") from error

    def _refreshed(self, request: Request) -> str:
        from google.oauth2 import id_token

        if self._credentials is None:
            fetch: Callable[..., Any] = id_token.fetch_id_token_credentials  # has no annotations of its own
            self._credentials = fetch(self._audience, request=request)
        if not self._credentials.valid:
            self._credentials.refresh(request)
        return str(self._credentials.token)
