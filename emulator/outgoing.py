"""HTTP requests that the emulator makes: dispatched tasks and pushed messages.

A request goes out once, redirects are not followed; what comes back is a value, whatever the other side does. aiohttp
is imported for the first request, connections are pooled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.errors import FailedPrecondition

# An idle connection that the other side may have closed meanwhile would look like a failed request.
_KEPT_SECONDS = 1.0
# More of an answer is not waited for; the connection is closed then.
_READ_BYTES = 1024 * 1024
_MISSING = "Sending HTTP requests needs aiohttp: pip install 'feedsync[emulator]'."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request."""

    verb: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The other side answered, with whatever status."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """The other side could not be reached, closed early, or spoke no HTTP."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """The other side took too long."""


Outcome = Answered | Unanswered | TimedOut


class Sends(Protocol):
    """What the requests go through."""

    async def send(self, request: Outgoing, *, timeout_seconds: float) -> Outcome:
        """Send, and say what became of it."""


class Sender:
    """Sends requests; may be used again after it was closed."""

    def __init__(self) -> None:
        self._session: Any = None

    async def send(self, request: Outgoing, *, timeout_seconds: float) -> Outcome:
        """Send, and say what became of it."""
        aiohttp = _aiohttp()
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._exchange(request)
        except TimeoutError:
            return TimedOut()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Unanswered(reason=f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _exchange(self, request: Outgoing) -> Answered:
        sent = self._opened().request(
            request.verb,
            request.url,
            headers=dict(request.headers),
            data=request.body or None,
            allow_redirects=False,
        )
        async with sent as response:
            await response.content.read(_READ_BYTES)
            return Answered(status=response.status, headers=response.headers)

    def _opened(self) -> Any:
        if self._session is None:
            aiohttp = _aiohttp()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
            )
        return self._session


def check_installed() -> None:
    """Refuse what would need to send requests where the library is missing."""
    try:
        _aiohttp()
    except ModuleNotFoundError:
        raise FailedPrecondition(_MISSING) from None


def _aiohttp() -> Any:
    import aiohttp

    return aiohttp
