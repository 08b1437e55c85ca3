"""HTTP/1.1 by aiohttp, which is imported with this module: for the first request, since that takes a while."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp

from emulator.outgoing import Answered, Outcome, Outgoing, Unanswered

# An idle connection that the other side may have closed meanwhile would look like a failed request.
_KEPT_SECONDS = 1.0
# More of an answer is not waited for; the connection is closed then.
_READ_BYTES = 1024 * 1024
_PROCESSING = 102
_log = logging.getLogger("emulator")
_NOT_SET = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")  # by the library


class HttpClient:
    """Pooled connections to anywhere."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            response_class=_Response,
            skip_auto_headers=_NOT_SET,
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
        )

    async def exchange(self, request: Outgoing) -> Outcome:
        """Send, and wait for the answer."""
        try:
            return await self._exchange(request)
        except _Processing:
            return Answered(status=_PROCESSING)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Unanswered(reason=f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 - a bug, ours or the library's: whoever waits goes on
            _log.exception("a request could not be sent", extra={"url": request.url})
            return Unanswered(reason=f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def _exchange(self, request: Outgoing) -> Answered:
        sent = self._session.request(
            request.verb,
            request.url,
            headers=request.headers,
            data=request.body or None,
            allow_redirects=False,
        )
        async with sent as response:
            size = 0
            while size < _READ_BYTES and (part := await response.content.readany()):
                size += len(part)
            return Answered(status=response.status, headers=response.headers)


class _Processing(aiohttp.ClientError):
    """The answer was 102, which counts as one; the library would wait for what follows it."""


class _Response(aiohttp.ClientResponse):
    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        protocol = connection.protocol
        read = protocol.read

        async def read_and_look() -> Any:
            message, payload = await read()
            if message.code == _PROCESSING:
                raise _Processing
            return message, payload

        protocol.read = read_and_look
        try:
            return await super().start(connection)
        finally:
            del protocol.read  # the class's own again, for the next request on the connection
