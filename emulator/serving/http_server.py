"""HTTP/1.1 by aiohttp: its requests become plain values, and plain replies its responses.

Imported on the first connection that speaks it, since aiohttp takes longer to import than everything else.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from aiohttp import HttpVersion11, web
from aiohttp.web_protocol import RequestHandler

from emulator.errors import Internal, InvalidArgument, Refusal
from emulator.rest import replies
from emulator.web import Page, Reply, Request

# As for gRPC: above the API's limit of 10 MB, in base64, so that a larger request gets the API's answer.
MAX_BODY_BYTES = 64 * 1024 * 1024
_MAX_LINE_BYTES = 64 * 1024
_ABSOLUTE = re.compile(r"^https?://[^/?]*", re.IGNORECASE)  # what a client says to a proxy
_IDLE_SECONDS = 600.0
_UPLOAD_SECONDS = 60.0

_log = logging.getLogger("emulator")
# What strangers send that is no HTTP: of interest to whoever turns this logger up, and no error of ours.
_wire_log = logging.getLogger("emulator.http")
_wire_log.setLevel(logging.CRITICAL)


class HttpServer:
    """Answers with one function, whatever the path."""

    def __init__(self, answer: Page) -> None:
        self._answer = answer
        self._server = web.Server(
            self._handle,
            request_factory=_request,
            handler_cancellation=True,  # a client that left waits for nothing
            access_log=None,
            logger=_wire_log,
            keepalive_timeout=_IDLE_SECONDS,
            max_line_size=_MAX_LINE_BYTES,
            max_field_size=_MAX_LINE_BYTES,
        )

    def speak(self) -> asyncio.Protocol:
        """A protocol for one connection."""
        protocol: RequestHandler = self._server()
        return protocol

    async def stop(self, *, grace_seconds: float) -> None:
        """End what is under way."""
        self._server.pre_shutdown()
        await self._server.shutdown(grace_seconds)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await _body(request)
        except Refusal as refusal:
            return _response(replies.failure(refusal))
        path, _, query = _ABSOLUTE.sub("", request.raw_path).partition("?")
        asked = Request(verb=request.method, path=path, query=query, headers=request.headers, body=body)
        return _response(await self._answered(asked))

    async def _answered(self, request: Request) -> Reply:
        try:
            return await self._answer(request)
        except Exception as error:  # noqa: BLE001 - a bug; the process goes on
            _log.exception("a request failed", extra={"path": request.path})
            return replies.failure(Internal(f"{request.path} failed inside the emulator: {error!r}"))


async def _body(request: web.BaseRequest) -> bytes:
    if request.headers.get("Expect", "").lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # of the response, which has not begun
    try:
        async with asyncio.timeout(_UPLOAD_SECONDS):
            return await request.read()
    except TimeoutError:
        raise InvalidArgument(f"The body did not arrive within {_UPLOAD_SECONDS:g} seconds.") from None
    except web.HTTPRequestEntityTooLarge:
        raise InvalidArgument(f"The request has more than {MAX_BODY_BYTES} bytes; 10 MB are allowed.") from None


def _response(reply: Reply) -> web.Response:
    headers = {"Content-Type": reply.content_type, **reply.headers}
    return web.Response(status=reply.status, body=reply.body, headers=headers)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: asyncio.Task[None]) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY_BYTES)
