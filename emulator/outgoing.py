"""HTTP requests that the emulator makes: dispatched tasks and pushed messages.

A request goes out once, redirects are not followed; what comes back is a value, whatever the other side does. The
library, aiohttp, is imported for the first request.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.clock import Clock
from emulator.errors import FailedPrecondition


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


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


def is_header(name: str, value: str) -> bool:
    """Whether HTTP can carry it."""
    return _NAME.fullmatch(name) is not None and _VALUE.fullmatch(value) is not None


Outcome = Answered | Unanswered | TimedOut


class Sends(Protocol):
    """What requests go through."""

    async def send(self, request: Outgoing, *, timeout_seconds: float) -> Outcome:
        """Send, and say what became of it."""


class Sender:
    """Sends requests; may be used again after it was closed. Timeouts are by the emulator's clock."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._client: Any = None
        self._limits: dict[asyncio.Timeout, float] = {}  # {of a request under way: its end by the clock}

    async def send(self, request: Outgoing, *, timeout_seconds: float) -> Outcome:
        """Send, and say what became of it."""
        if self._client is None:
            # Takes a fifth of a second, which calls that are under way need not wait for.
            library = await asyncio.to_thread(importlib.import_module, "emulator.http_client")
            self._client = self._client or library.HttpClient()
        try:
            async with self._limited(timeout_seconds):
                outcome: Outcome = await self._client.exchange(request)
                return outcome
        except TimeoutError:
            return TimedOut()

    def clock_moved(self) -> None:
        """Some requests may have taken too long already."""
        now, loop_now = self._clock(), asyncio.get_running_loop().time()
        for limit, end in self._limits.items():
            if not limit.expired():
                limit.reschedule(loop_now + end - now)

    async def close(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    @contextlib.asynccontextmanager
    async def _limited(self, seconds: float) -> AsyncIterator[None]:
        async with asyncio.timeout(seconds) as limit:
            self._limits[limit] = self._clock() + seconds
            try:
                yield
            finally:
                del self._limits[limit]


def check_installed() -> None:
    """Refuse what would need to send requests where the library is missing."""
    if importlib.util.find_spec("aiohttp") is None:
        raise FailedPrecondition("Sending HTTP requests needs aiohttp: pip install 'feedsync[emulator]'.")
