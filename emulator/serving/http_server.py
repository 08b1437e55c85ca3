"""HTTP/1.1 by aiohttp: its requests become plain values, and plain replies its responses.

Imported on the first connection that speaks it, since aiohttp takes longer to import than everything else.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from emulator.errors import InvalidArgument
from emulator.rest import replies
from emulator.serving.web import Page, Reply, Request

# As for gRPC: above the API's limit of 10 MB, in base64, so that a larger request gets the API's answer.
MAX_BODY_BYTES = 64 * 1024 * 1024
_MAX_LINE_BYTES = 64 * 1024
_IDLE_SECONDS = 600.0
_UPLOAD_SECONDS = 60.0


class HttpServer:
    """Answers with one function, whatever the path."""

    def __init__(self, answer: Page) -> None:
        self._answer = answer
        self._server = web.Server(
            self._handle,
            request_factory=_request,
            handler_cancellation=True,  # a client that left waits for nothing
            access_log=None,
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
            async with asyncio.timeout(_UPLOAD_SECONDS):
                body = await request.read()
        except TimeoutError:
            return _response(
                replies.failure(InvalidArgument(f"The body did not arrive within {_UPLOAD_SECONDS:g} seconds."))
            )
        except web.HTTPRequestEntityTooLarge:
            too_large = InvalidArgument(f"The request has more than {MAX_BODY_BYTES} bytes; 10 MB are allowed.")
            return _response(replies.failure(too_large))
        path, _, query = request.raw_path.partition("?")
        reply = await self._answer(
            Request(verb=request.method, path=path, query=query, headers=request.headers, body=body)
        )
        return _response(reply)


def _response(reply: Reply) -> web.Response:
    headers = {"Content-Type": reply.content_type, **reply.headers}
    return web.Response(status=reply.status, body=reply.body, headers=headers)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: asyncio.Task[None]) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY_BYTES)
