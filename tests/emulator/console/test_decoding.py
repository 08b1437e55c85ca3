"""How messages read."""

from __future__ import annotations

import gzip

import pytest
import zstandard

from emulator.console.decoding import decoded


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (b"plain", "text", "plain"),
        ("é".encode(), "text", "é"),
        (b'{"b":1}', "JSON", '{\n  "b": 1\n}'),
        (b"\xff\x00\x01\x02\x03", "bytes", "ff000102 03"),
        (gzip.compress(b"[]", mtime=0), "gzip, JSON", "[]"),
        (zstandard.compress(b"text"), "zstd, text", "text"),
        (b"\x28\xb5\x2f\xfdnonsense", "bytes", "28b52ffd 6e6f6e73 656e7365"),
        (b"\x1f\x8bnonsense", "bytes", "1f8b6e6f 6e73656e 7365"),
        (b"", "text", ""),
    ],
)
def test_data_is_shown_as_what_it_is(data: bytes, kind: str, text: str) -> None:
    """JSON, text, compressed or neither."""
    assert decoded(data) == (kind, text)


def test_a_compressed_bomb_stays_closed() -> None:
    """A gigabyte of zeros in a few kilobytes shows its first lines only."""
    bomb = zstandard.ZstdCompressor().compress(b"a" * 200_000_000)
    kind, text = decoded(bomb)
    assert kind == "zstd, text"
    assert len(text) < 5_000


def test_deep_nesting_is_shown_as_text() -> None:
    """What Python can't parse is no reason to fail."""
    assert decoded(b"[" * 100_000)[0] == "text"
