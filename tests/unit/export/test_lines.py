"""The export's own spelling of changes is that of pages; cursors come back as they went."""

from __future__ import annotations

import json
import zlib

import pytest
import zstandard

from feedsync.export import compression, cursor, lines
from feedsync.export.cursor import Cursor
from feedsync.export.errors import RequestError
from feedsync.wire import json as wire
from feedsync.wire.page import Change, Rank, encode_change


@pytest.mark.parametrize("origin", [None, "kiosk"])
@pytest.mark.parametrize("former", [{}, {'["a"]': (4, "studio"), '["ä",null]': (3, "käse")}])
def test_row_is_spelled_as_on_a_page(origin: str | None, former: dict[str, Rank]) -> None:
    """What is put together from bytes equals what the wire's encoder gives."""
    fields = {"slug": "x", "number": 2**63, "none": None}
    change = Change(
        feed="library.tag",
        key='["x"]',
        version=5,
        origin="studio",
        fields=fields,
        former=tuple(former),
        left_at=tuple(former.values()),
    )
    made = json.loads(lines.row('["x"]', 5, wire.dumps(fields), origin=origin, former=former))
    expected = json.loads(wire.dumps(encode_change(change)))
    assert made == {**expected, **({"o": origin} if origin else {})}


def test_deletion_is_spelled_as_on_a_page() -> None:
    """With its version, without fields."""
    change = Change(feed="library.tag", key='["x"]', version=5, origin="studio", fields=None)
    assert json.loads(lines.deletion('["x"]', 5)) == encode_change(change)


def test_lines_are_bounded() -> None:
    """Up to 1 MiB of changes a line, and a larger change alone."""
    items = [b'"%b"' % (b"x" * size) for size in (400_000, 400_000, 400_000, 3_000_000, 10)]
    made = list(lines.changes("f", "o", items))
    assert [len(json.loads(line)["changes"]) for line in made] == [2, 1, 1, 1]
    assert [item for line in made for item in json.loads(line)["changes"]] == [json.loads(item) for item in items]


def test_cursor_comes_back_as_it_went() -> None:
    """All of it, in text that is safe in a URL."""
    at = Cursor(incarnation="i", unchecked={"a": "t"}, place="a.b", after="1", seen={"a.b": 3}, tombstones=1, failed=2)
    text = cursor.encode(at)
    assert text.replace("-", "").replace("_", "").isalnum()
    assert cursor.decode(text) == at


@pytest.mark.parametrize("text", ["", "x", "W10", "bnVsbA", "WzEsMiwzLDQsNSw2LDcsOF0", "é" * 5])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    """Whatever somebody types."""
    with pytest.raises(RequestError):
        cursor.decode(text)


@pytest.mark.parametrize("accepted", ["zstd", "gzip"])
def test_what_was_added_can_be_decoded_at_once(accepted: str) -> None:
    """A replica sees a chunk before the next one is made."""
    encoder = compression.encoder(accepted)
    decoder = (
        zstandard.ZstdDecompressor().decompressobj() if accepted == "zstd" else zlib.decompressobj(16 + zlib.MAX_WBITS)
    )
    for number in range(3):
        assert decoder.decompress(encoder.add(b"chunk %d" % number)) == b"chunk %d" % number
    decoder.decompress(encoder.end())
    assert decoder.eof
