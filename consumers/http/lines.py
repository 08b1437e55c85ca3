"""The body of a streamed answer: compressed chunks in, whole lines out, with bounded memory.

Promised: no more than one line and one piece of decompressed data (32 MiB at worst) is held. A body that ends inside
a compressed frame or a line raises EOFError, so that a cut stream never looks like a complete one; one that can't
be decompressed, or has too long a line, raises ValueError.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MAX_LINE_BYTES = 64 * 1024 * 1024
# What goes into a decoder at once bounds what comes out: gzip grows data 1032 times at most, zstd some 32,000 times.
GZIP_PIECE_BYTES = 32 * 1024
ZSTD_PIECE_BYTES = 1024
ZSTD_WINDOW_BYTES = 8 * 1024 * 1024  # all that RFC 9659 lets a server use


def decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The decompressed body in pieces; `encoding` is the Content-Encoding header."""
    match encoding.strip().lower():
        case "" | "identity":
            yield from chunks
        case "gzip":
            yield from _gunzipped(chunks)
        case "zstd":
            yield from _unzstd(chunks)
        case _:
            raise ValueError(f"the Content-Encoding {encoding!r} was not asked for")


def split(pieces: Iterable[bytes], *, max_bytes: int = MAX_LINE_BYTES) -> Iterator[bytes]:
    """Lines without their newline; empty ones, sent to keep a connection alive, are left out."""
    pending = bytearray()
    for piece in pieces:
        *ends, rest = piece.split(b"\n")
        for end in ends:
            line = _bounded(pending, end, max_bytes)
            if line:
                yield bytes(line)
            pending = bytearray()
        pending = _bounded(pending, rest, max_bytes)
    if pending:
        raise EOFError("the last line has no end")


def _bounded(pending: bytearray, addition: bytes, max_bytes: int) -> bytearray:
    if len(pending) + len(addition) > max_bytes:
        raise ValueError(f"a line is longer than {max_bytes} bytes")
    pending += addition
    return pending


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from _decompressed(_slices(chunks, GZIP_PIECE_BYTES), lambda: zlib.decompressobj(16 + zlib.MAX_WBITS))
    except zlib.error as error:
        raise ValueError(f"the body is no valid gzip: {error}") from error


def _unzstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
    try:
        yield from _decompressed(_slices(chunks, ZSTD_PIECE_BYTES), decompressor.decompressobj)
    except zstandard.ZstdError as error:
        raise ValueError(f"the body is no valid zstd: {error}") from error


def _decompressed(pieces: Iterable[bytes], start: Callable[[], Any]) -> Iterator[bytes]:
    """One frame after the other: servers may end a frame wherever they flush."""
    decoder = start()
    for piece in pieces:
        left = piece
        while left:
            if decoder.eof:
                decoder = start()
            yield decoder.decompress(left)
            left = decoder.unused_data
    if not decoder.eof:
        raise EOFError("the compressed frame has no end")


def _slices(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]
