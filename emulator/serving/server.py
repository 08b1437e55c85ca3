"""One port for everything: gRPC, JSON over HTTP, and pages.

May be stopped and started again, on the same port. Runs on one asyncio loop, which also owns all state; nothing here is
called from other threads.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Sequence
from typing import Any

from emulator.call_faults import CallFaults
from emulator.serving.front import Front
from emulator.serving.grpc_server import GrpcServer
from emulator.serving.service import Service
from emulator.serving.unserved import Unserved
from emulator.web import Pages, Reply, Request, find

_HANG_UP_SECONDS = 1.0


class Server:
    """Serves services and pages on a port. `before_stop` ends what would never end."""

    def __init__(
        self, services: Sequence[Service], faults: CallFaults, *, pages: Pages, before_stop: Callable[[], None]
    ) -> None:
        self._services = services
        self._faults = faults
        self._pages = pages
        self._before_stop = before_stop
        self._grpc = GrpcServer(services, faults)
        self._front = Front(self._grpc.connect, self._speak)
        self._mapping: Any = None  # of the services to JSON
        self._http: Any = None  # from the first HTTP connection on

    @property
    def connections(self) -> int:
        """How many are open."""
        return self._front.connections

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port. OSError if it cannot be had."""
        await self._grpc.start()
        try:
            return await self._front.start(host, port)
        except OSError:
            await self._grpc.stop(grace_seconds=0)
            raise

    async def stop(self, *, grace_seconds: float = 0) -> None:
        """Stop listening and end all calls."""
        self._front.stop_listening()
        self._before_stop()
        http, self._http = self._http, None
        await asyncio.gather(
            self._grpc.stop(grace_seconds=grace_seconds),
            *([http.stop(grace_seconds=grace_seconds)] if http else []),
        )
        await self._front.hang_up(within_seconds=_HANG_UP_SECONDS)

    async def _speak(self) -> asyncio.Protocol:
        try:
            # Takes a fifth of a second, which calls that are under way need not wait for.
            library = await asyncio.to_thread(importlib.import_module, "emulator.serving.http_server")
        except ModuleNotFoundError as error:
            if error.name != "aiohttp":
                raise
            return Unserved()
        if self._http is None:
            self._http = library.HttpServer(self.answer)
        protocol: asyncio.Protocol = self._http.speak()
        return protocol

    async def answer(self, request: Request) -> Reply:
        """What HTTP/1.1 gets: a page, or the JSON mapping of the services."""
        if request.is_from_another_site:
            return Reply(status=403, body=b"A page of another site may not change anything here.\n")
        verb = "GET" if request.verb == "HEAD" else request.verb  # the body is left out further down
        page = find(self._pages, verb, request.path)
        if page is not None:
            return await page(request)
        if self._mapping is None:
            from emulator.rest.mapping import JsonMapping

            self._mapping = JsonMapping(self._services, self._faults)
        reply: Reply = await self._mapping.answer(request)
        return reply
