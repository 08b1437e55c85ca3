"""The HTTP response of an export: an order in, a compressed streaming response out.

Under ASGI Django reads a synchronous iterator to its end before it sends the first byte: there the blocks come from an
asynchronous generator, which runs each in the request's thread.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

from feedsync.export import compression
from feedsync.export import stream as streams
from feedsync.export.compression import Encoder
from feedsync.export.requests import Order


def stream(order: Order, accepted: str, *, asynchronous: bool) -> StreamingHttpResponse:
    encoder = compression.encoder(accepted)
    blocks = _compressed(streams.blocks(order), encoder)
    headers = {
        "Content-Encoding": encoder.name,
        "Vary": "Accept-Encoding, Authorization",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",  # nginx would hold back what is to be seen at once
    }
    return StreamingHttpResponse(
        in_threads(blocks) if asynchronous else blocks, content_type="application/x-ndjson", headers=headers
    )


def _compressed(blocks: Iterator[bytes], encoder: Encoder) -> Iterator[bytes]:
    for block in blocks:
        yield encoder.add(block)
    yield encoder.end()


async def in_threads(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    step = sync_to_async(lambda: next(blocks, None))
    while (block := await step()) is not None:
        yield block
