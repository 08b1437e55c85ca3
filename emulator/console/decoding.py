"""What a message says, for a person: JSON indented, text as it is, compressed data opened, all else in hexadecimal."""

from __future__ import annotations

import json
import zlib

_LONGEST = 4_000  # characters shown
_OPENED_BYTES = 256 * 1024
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def decoded(data: bytes) -> tuple[str, str]:
    """(what it is, how it reads)."""
    for magic, packing, opening in ((_GZIP, "gzip", _gunzipped), (_ZSTD, "zstd", _unzstd)):
        opened = opening(data) if data.startswith(magic) else None
        if opened is not None:
            kind, text = decoded(opened)
            return f"{packing}, {kind}", text
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "bytes", _cut(data[:_LONGEST].hex(" ", -4))
    try:
        return "JSON", _cut(json.dumps(json.loads(text), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        return "text", _cut(text)


# Only the beginning is opened: of a bomb, too.


def _gunzipped(data: bytes) -> bytes | None:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, _OPENED_BYTES)
    except zlib.error:
        return None


def _unzstd(data: bytes) -> bytes | None:
    import zstandard

    try:
        return zstandard.ZstdDecompressor().stream_reader(data).read(_OPENED_BYTES)
    except zstandard.ZstdError:
        return None


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n… {len(text) - _LONGEST:,} characters more"
