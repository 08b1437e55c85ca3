"""Compression and decompression of data, by zlib (RFC 1950) or Zstandard, up to the size that a message may have."""

from __future__ import annotations

import zlib
from dataclasses import replace

from emulator.transforms.steps import Step, TransformFailed

_MAX_BYTES = 10_000_000


def compress(algorithm: str) -> Step:
    """The step that compresses: ZLIB or ZSTD."""
    pack = {"ZLIB": _pack_zlib, "ZSTD": _pack_zstandard}[algorithm]
    return lambda content, metadata: replace(content, data=pack(content.data))


def decompress(algorithm: str) -> Step:
    """The step that decompresses: ZLIB or ZSTD."""
    unpack = {"ZLIB": _unpack_zlib, "ZSTD": _unpack_zstandard}[algorithm]
    return lambda content, metadata: replace(content, data=unpack(content.data))


def _pack_zlib(data: bytes) -> bytes:
    return zlib.compress(data)


def _unpack_zlib(data: bytes) -> bytes:
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(data, _MAX_BYTES + 1)
    except zlib.error as error:
        raise TransformFailed(f"The data is not compressed by ZLIB: {error}.") from error
    if len(found) > _MAX_BYTES:
        raise _too_large()
    if not reader.eof:
        raise TransformFailed("The data compressed by ZLIB ends too early.")
    return found


def _pack_zstandard(data: bytes) -> bytes:
    import zstandard

    return zstandard.compress(data)


def _unpack_zstandard(data: bytes) -> bytes:
    import zstandard

    try:
        if zstandard.frame_content_size(data) > _MAX_BYTES:
            raise _too_large()
        return zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_BYTES)
    except zstandard.ZstdError as error:
        raise TransformFailed(f"The data is not compressed by ZSTD: {error}.") from error


def _too_large() -> TransformFailed:
    return TransformFailed(f"The data has more than {_MAX_BYTES} bytes when it is decompressed.")
