"""Pages: how changes are packed, and what is no page."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feedsync import natural_keys
from feedsync.errors import MalformedPage, NewerWire
from feedsync.wire import json, page
from feedsync.wire.page import Change

INCARNATION = "f" * 32


def change(number: int = 0, **values: Any) -> Change:
    given_values = {"feed": "library.country", "origin": "studio", "fields": {"code": f"c{number}"}} | values
    return Change(key=natural_keys.text([f"c{number}"]), version=number + 1, **given_values)


def packed(value: Any) -> bytes:
    return zstandard.ZstdCompressor().compress(value if isinstance(value, bytes) else json.dumps(value))


def opened(data: bytes) -> Any:
    return json.loads(zstandard.ZstdDecompressor().decompress(data))


def body(**values: Any) -> dict[str, Any]:
    return {"wire": 1, "feed": "library.country", "origin": "studio", "incarnation": "", "changes": []} | values


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
fields = st.none() | st.dictionaries(names, st.none() | names | st.integers(-(2**63), 2**63 - 1), max_size=4)
keys = st.lists(names | st.none() | st.integers(0, 9), min_size=1, max_size=3).map(natural_keys.text)
ranks = st.tuples(st.integers(0, 2**63 - 1), st.sampled_from(["shop", "studio"]))
left_keys = st.lists(st.tuples(keys, ranks), max_size=2)
changes = st.builds(
    lambda left, **values: Change(
        **values, former=tuple(key for key, _ in left), left_at=tuple(rank for _, rank in left)
    ),
    left=left_keys,
    feed=st.just("library.country"),
    origin=st.just("studio"),
    key=keys,
    version=st.integers(0, 2**63 - 1),
    fields=fields,
    marked_at=st.integers(0, 2**48),
    base=st.none() | ranks.filter(lambda rank: rank[0] > 0),
    buried=st.integers(0, 2**63 - 1),
)


@given(st.lists(changes, max_size=20))
def test_pages_are_lossless(sent: list[Change]) -> None:
    """What was packed arrives, deletions, former keys, times of edits and earlier deletions included, in order."""
    pages = [page.decode_page(each.data) for each in page.encode_pages(sent, incarnation=INCARNATION)]

    assert [item for each in pages for item in each.changes] == sent
    assert all(each.incarnation == INCARNATION for each in pages)


def test_attributes_are_what_subscriptions_filter() -> None:
    """A message carries feed, origin and wire version outside, as inside."""
    (found,) = page.encode_pages([change()], incarnation=INCARNATION)

    assert found.attributes == {"feed": "library.country", "origin": "studio", "wire": "1"}
    assert found.count == 1


def test_split_at_500_changes() -> None:
    """A page holds 500 changes at most."""
    found = page.encode_pages([change(number) for number in range(1_001)], incarnation=INCARNATION)

    assert [each.count for each in found] == [500, 500, 1]


def test_split_at_256_kib() -> None:
    """A page holds 256 KiB at most, before compression."""
    text = "x" * 100_000
    found = page.encode_pages([change(number, fields={"text": text}) for number in range(5)], incarnation=INCARNATION)

    assert [each.count for each in found] == [2, 2, 1]


def test_r13_large_change_travels_alone() -> None:
    """One above the page size has a page of its own, and small ones before and after have theirs."""
    large = change(1, fields={"text": "x" * 1_000_000})
    pages = list(page.encode_pages([change(0), large, change(2), change(3)], incarnation=INCARNATION))

    assert [each.count for each in pages] == [1, 1, 2]
    assert page.decode_page(pages[1].data).changes == (large,)


def test_pages_have_one_feed_and_origin() -> None:
    """Where either differs, a new page begins."""
    mixed = [change(0), change(1, feed="library.tag"), change(2, feed="library.tag", origin="shop"), change(3)]

    found = [page.decode_page(each.data) for each in page.encode_pages(mixed, incarnation=INCARNATION)]
    assert [(each.feed, each.origin, len(each.changes)) for each in found] == [
        ("library.country", "studio", 1),
        ("library.tag", "studio", 1),
        ("library.tag", "shop", 1),
        ("library.country", "studio", 1),
    ]


def test_nothing_makes_no_page() -> None:
    """Without changes there is no message."""
    assert list(page.encode_pages([], incarnation=INCARNATION)) == []


def test_changes_are_packed_as_they_come() -> None:
    """Pages of an endless stream come out while it runs (invariant 12)."""
    endless = (change(number) for number in iter(int, 1))

    assert next(page.encode_pages(endless, incarnation=INCARNATION)).count == 500


def test_unknown_names_are_ignored() -> None:
    """A newer feedsync may add names within a wire version."""
    data = packed(body(novelty=1, changes=[{"k": ["c"], "v": 1, "f": {}, "novelty": 1}]))

    assert page.decode_page(data).changes == (replace(change(), key='["c"]', fields={}),)


def test_change_with_an_origin_of_its_own() -> None:
    """A forwarded change keeps the origin that it came with."""
    item = page.encode_change(change()) | {"o": "lab"}

    assert page.decode_change(item, feed="library.country", origin="studio").origin == "lab"


def test_rank_is_version_then_origin() -> None:
    """The gate compares versions, and names of origins where they are equal."""
    assert change(0, origin="b").rank > change(0, origin="a").rank
    assert change(1, origin="a").rank > change(0, origin="b").rank


def test_newer_wire_is_told_apart() -> None:
    """A page of a newer feedsync waits, it isn't broken."""
    with pytest.raises(NewerWire, match="wire version 2"):
        page.decode_page(packed({"wire": 2, "anything": "else"}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"plain text",
        b'{"wire":1}',
        packed(b""),
        packed(b"no json"),
        packed([]),
        packed("text"),
        packed(None),
        packed({}),
        packed(body(wire="1")),
        packed(body(wire=0)),
        packed(body(feed=None)),
        packed(body(feed="")),
        packed(body(feed="x" * 201)),
        packed(body(origin="x" * 101)),
        packed(body(origin="stu\x00dio")),
        packed(body(changes=None)),
        packed(body(changes={})),
        packed(body())[:-3],
        zstandard.ZstdCompressor(write_content_size=False).compress(json.dumps(body())),
    ],
)
def test_malformed_page(data: bytes) -> None:
    """Bytes that are no page are one error, whatever is wrong with them."""
    with pytest.raises(MalformedPage) as caught:
        page.decode_page(data)
    assert not isinstance(caught.value, NewerWire)


@pytest.mark.parametrize(
    "item",
    [
        None,
        "text",
        [],
        {},
        {"k": ["c"], "v": 1},
        {"k": [], "v": 1, "f": {}},
        {"k": "c", "v": 1, "f": {}},
        {"k": ["c"], "f": {}},
        {"k": ["c"], "v": "1", "f": {}},
        {"k": ["c"], "v": True, "f": {}},
        {"k": ["c"], "v": 1.5, "f": {}},
        {"k": ["c"], "v": -1, "f": {}},
        {"k": ["c"], "v": 2**63, "f": {}},
        {"k": ["c"], "v": 1, "f": []},
        {"k": ["c"], "v": 1, "f": None},
        {"k": ["c"], "v": 1, "d": "yes"},
        {"k": ["c"], "v": 1, "f": {}, "p": 1},
        {"k": ["c"], "v": 1, "f": {}, "p": ["c"]},
        {"k": ["c"], "v": 1, "f": {}, "m": None},
        {"k": ["c"], "v": 1, "f": {}, "o": ""},
    ],
)
def test_malformed_change(item: Any) -> None:
    """One malformed change makes its page malformed, and no other error."""
    with pytest.raises(MalformedPage):
        page.decode_page(packed(body(changes=[item])))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_page_or_malformed(data: bytes) -> None:
    """Nothing that arrives raises anything else."""
    for candidate in (data, packed(data)):
        with pytest.raises(MalformedPage):
            page.decode_page(candidate)


def test_bomb_is_not_opened() -> None:
    """A small message that would fill the memory is refused before it is decompressed."""
    bomb = zstandard.ZstdCompressor().compress(b" " * (page.MAX_DECODED_BYTES + 1))
    tracemalloc.start()
    try:
        with pytest.raises(MalformedPage, match="larger"):
            page.decode_page(bomb)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
