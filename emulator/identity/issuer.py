"""Issues ID tokens and access tokens in the name of Google, signed with the emulator's own key.

What a verifier needs is the key: in everything else the tokens are like Google's. Time is real time, not the
emulator's: whoever verifies a token has no other.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulator.clock import Clock

if TYPE_CHECKING:
    from emulator.identity.keys import Key

ISSUER = "https://accounts.google.com"
VALID_SECONDS = 3600
# A signature takes a millisecond: what is sent often has the same token for a while.
_SHARED_SECONDS = 300
_MOST_SHARED = 1000
_RANDOM_BYTES = 48


def _new_key() -> Key:
    from emulator.identity.keys import Key

    return Key.new()


class Issuer:
    """Signs tokens for any account: the emulator knows no secrets, so everybody is who they say."""

    def __init__(self, *, clock: Clock, make_key: Callable[[], Key] = _new_key) -> None:
        self._clock = clock
        self._make_key = make_key
        self._shared: dict[tuple[str, str], tuple[str, float]] = {}  # {(account, audience): (token, shared until)}

    @functools.cached_property
    def key(self) -> Key:
        """The one key pair."""
        return self._make_key()

    def id_token(self, *, email: str, audience: str, **claims: Any) -> str:
        """An OpenID Connect token, RS256, valid for an hour."""
        from google.auth import jwt

        now = int(self._clock())
        payload = {
            "iss": ISSUER,
            "aud": audience,
            "azp": _subject(email),
            "sub": _subject(email),
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + VALID_SECONDS,
            **claims,
        }
        signed: bytes = jwt.encode(self._signer, payload, key_id=self.key.id)  # type: ignore[no-untyped-call]
        return signed.decode()

    def shared_id_token(self, *, email: str, audience: str) -> str:
        """A token that was issued not long ago, if there is one."""
        now = self._clock()
        token, until = self._shared.get((email, audience), ("", 0.0))
        if until <= now:
            if len(self._shared) >= _MOST_SHARED:
                self._shared.clear()
            token = self.id_token(email=email, audience=audience)
            self._shared[email, audience] = (token, now + _SHARED_SECONDS)
        return token

    def access_token(self) -> str:
        """An opaque token, as Google's look."""
        return f"ya29.{secrets.token_urlsafe(_RANDOM_BYTES)}"

    @functools.cached_property
    def _signer(self) -> Any:
        from google.auth import crypt

        pem = self.key.private_pem.decode()
        return crypt.RSASigner.from_string(pem, self.key.id)  # type: ignore[no-untyped-call]


def _subject(email: str) -> str:
    """The numeric id of an account: 21 digits, the same for the same address."""
    return str(10**20 + int.from_bytes(hashlib.sha256(email.encode()).digest()[:8], "big"))
