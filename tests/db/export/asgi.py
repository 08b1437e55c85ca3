"""A request as an ASGI server makes it, and every piece of the answer as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.core.asgi import get_asgi_application

from tests.db.export.reading import signed


async def nobody(bodies: list[bytes]) -> None:
    """Who doesn't want to know."""


async def over_asgi(path: str, query: str, arrived: Callable[[list[bytes]], Awaitable[None]] = nobody) -> list[bytes]:
    """The bodies of a signed request; `arrived` is told of each."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"testserver"), (b"authorization", signed(path, query).encode())],
    }
    bodies: list[bytes] = []
    asked = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not asked.is_set():
            asked.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            bodies.append(message.get("body", b""))
            await arrived(bodies)
        else:
            assert message["status"] == 200

    await get_asgi_application()(scope, receive, send)
    return bodies
