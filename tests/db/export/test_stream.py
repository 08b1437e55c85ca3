"""The stream: complete, in order, resumable everywhere, flat in statements and memory, under WSGI and ASGI."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from feedsync import ledger
from feedsync.conf import Reader
from feedsync.export import requests, stream
from feedsync.ledger import Entry
from feedsync.models import LedgerEntry
from tests.db.export.asgi import over_asgi
from tests.db.export.reading import export, parse, plain, relayed
from tests.library.models import Category, Copy, Country, Hidden, Language, RingA, RingB, Tag

pytestmark = pytest.mark.django_db(transaction=True)
SHOP = Reader(name="shop")


def tags(count: int) -> None:
    Tag.objects.bulk_create([Tag(slug=f"t{number:04}") for number in range(count)])


def blocks(**parameters: str) -> list[bytes]:
    return list(stream.blocks(requests.parse(parameters, SHOP)))


def test_everything_is_sent_parents_first() -> None:
    """Keys, references and many-to-many as natural keys; header first, end last, counts right."""
    language = Language.objects.create(country=Country.objects.create(code="GB", name="Britain"), code="en")
    copy = Copy.objects.create(language=language, key="title", value="Hello")
    copy.tags.add(Tag.objects.create(slug="b"), Tag.objects.create(slug="a"))
    found = export()
    sent = [(change.feed, change.key) for change in found.changes]
    assert sent.index(("library.country", '["GB"]')) < sent.index(("library.language", '["GB","en"]'))
    (change,) = found.of("library.copy")
    assert change.key == '["GB","en","title"]'
    assert change.fields is not None
    assert (change.fields["language"], change.fields["tags"]) == (["GB", "en"], [["a"], ["b"]])
    assert found.header["counts"]["library.tag"] == 2
    assert found.end is not None
    assert found.end["counts"]["library.tag"] == 2


def test_cycles_and_self_references_are_sent_once() -> None:
    """Order is a help only."""
    a = RingA.objects.create(code="a")
    b = RingB.objects.create(code="b", a=a)
    RingA.objects.filter(pk=a.pk).update(b=b)
    Category.objects.create(slug="child", parent=Category.objects.create(slug="parent"))
    keys = [(change.feed, change.key) for change in export().changes]
    assert len(keys) == len(set(keys)) == 4


def test_resuming_at_any_cursor_gives_the_rest() -> None:
    """What was sent before a cursor and what comes after it are the whole, once."""
    tags(7)
    Country.objects.bulk_create([Country(code=f"c{number}") for number in range(5)])
    query = "feeds=library.tag,library.country&chunk=3"
    whole = export(query)
    keys = [change.key for change in whole.changes]
    assert len(keys) == 12
    for number, cursor in enumerate(whole.cursors):
        rest = export(f"{query}&cursor={cursor}")
        assert [change.key for change in rest.changes] == keys[len(keys) - len(rest.changes) :]
        assert len(rest.cursors) == len(whole.cursors) - number - 1
        assert rest.end == whole.end


def test_r12_rows_that_managers_hide_are_sent() -> None:
    """A manager that hides rows must not look like a mass deletion."""
    Hidden.objects.create(code="a", hidden=True)
    assert len(export("feeds=library.hidden").changes) == 1


def test_statements_do_not_grow_with_rows() -> None:
    """A chunk of 10 rows and one of 1,000 take the same number of statements."""
    tags(1_000)
    counts = []
    for chunk in ("100", "1000"):
        LedgerEntry.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            made = len(blocks(feeds="library.tag", chunk=chunk)) - 2
        counts.append(len(queries) / made)
    assert counts[1] <= counts[0] * 1.5


def test_r30_no_transaction_is_held_between_blocks() -> None:
    """Each block is read in autocommit: the stream may last an hour."""
    tags(5)
    held = [connection.in_atomic_block for _ in stream.blocks(requests.parse({"chunk": "2"}, SHOP))]
    assert len(held) > 3
    assert not any(held)


def test_large_rows_make_small_chunks() -> None:
    """A chunk is bounded in bytes too; the first one of a feed feels its way."""
    tags(1)
    language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
    Copy.objects.bulk_create([Copy(language=language, key=str(n), value="x" * 100_000) for n in range(400)])
    sizes = [len(block) for block in blocks(feeds="library.copy", chunk="10000")]
    assert max(sizes) < 25_000_000
    assert len(sizes) > 4


def test_failure_underway_is_told_and_has_no_end_line() -> None:
    """A reader must neither guess nor take the stream for complete."""
    tags(2)
    order = requests.parse({"feeds": "library.tag"}, SHOP)

    def fail(execute: Any, sql: str, *arguments: Any) -> Any:
        if "library_tag" in sql and "ORDER BY" in sql:
            raise ZeroDivisionError
        return execute(sql, *arguments)

    with connection.execute_wrapper(fail):
        found = b"".join(stream.blocks(order))
    assert b'"error"' in found
    assert b'"end"' not in found


def test_asgi_sends_blocks_as_they_are_made() -> None:
    """Django would read a synchronous stream to its end first: here a block leaves before the last row is there."""
    tags(6)
    late: list[int] = []

    def arrived(bodies: list[bytes]) -> None:
        if len(bodies) == 3:
            late.append(Tag.objects.create(slug="t9999").pk)

    bodies = asyncio.run(over_asgi("/feedsync/export/", "feeds=library.tag&chunk=2", sync_to_async(arrived)))
    found = parse(plain(b"".join(bodies), "gzip"))
    assert found.end is not None
    assert len(found.changes) == 7


def test_a_reader_can_tell_rows_from_what_comes_after_them() -> None:
    """In the second part objects come once more where they were renamed: nobody should count them twice."""
    relayed(Tag.objects.create(slug="a"), 5)
    ledger.put("default", [Entry.of("library.tag", '["b"]', version=5, origin="studio", deleted_at=timezone.now())])
    positions = [line for block in blocks() for line in map(json.loads, block.splitlines()) if "cursor" in line]
    assert [sorted(line) for line in positions] == [["cursor", "seen"], ["cursor", "tombstones"]]
