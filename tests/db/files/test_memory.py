"""Files of any size in flat memory, at both ends, and with few statements."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from consumers.apply import apply
from consumers.files import wanted as wants
from consumers.files.downloading import Download
from consumers.files.gathering import Pieces
from feedsync import registry
from feedsync.files import measuring
from feedsync.files.offering import Offer
from feedsync.files.ranges import Part
from feedsync.files.response import _pieces
from feedsync.shape import shape_of
from tests.db.files.giving import asked, change, fetch, gives, serving
from tests.db.pull import source as sources
from tests.library.models import Attachment

pytestmark = pytest.mark.django_db(transaction=True)

SIZE = 96 * 1024 * 1024
BOUND = 8 * 1024 * 1024


@pytest.fixture(autouse=True)
def _shop(settings: Settings) -> None:
    settings.FEEDSYNC = sources.SETTINGS


@contextmanager
def bounded() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < BOUND
    finally:
        tracemalloc.stop()


def sparse(media: Path) -> Any:
    """A large file of zeros that takes no room, and the column that it is in."""
    [column] = shape_of(registry.get("library.attachment")).files
    path = media / "attachments" / "large.bin"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(SIZE)
    return column


def test_a_large_file_is_measured_and_given_out_in_pieces(media: Path) -> None:
    """The source holds a piece of it, never the whole."""
    column = sparse(media)
    with bounded():
        found = measuring.measured(column, "default", ["attachments/large.bin"])["attachments/large.bin"]
        offer = Offer(storage=column.storage, name=found.name, size=found.size, sha256=found.sha256)
        assert sum(map(len, _pieces(offer, Part(1, SIZE - 1, SIZE)))) == SIZE - 1
    assert found.size == SIZE


def test_a_large_file_is_received_in_pieces(tmp_path: Path) -> None:
    """The replica holds a piece of it, never the whole."""
    piece = bytes(64 * 1024)
    digest = hashlib.sha256()
    for _ in range(SIZE // len(piece)):
        digest.update(piece)
    told = change("a", b"", sha256=digest.hexdigest(), size=SIZE)
    [wanted] = wants.of_changes([told])
    with bounded(), (tmp_path / "file").open("w+b") as file:
        Download(wanted, file).run(_Zeros(piece))
        assert file.tell() == SIZE


class _Zeros:
    def __init__(self, piece: bytes) -> None:
        self._piece = piece

    def open_file(self, *_: Any, **__: Any) -> Any:
        return nullcontext(Pieces(self._piece for _ in range(SIZE // len(self._piece))))

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("count", [20, 120])
def test_statements_do_not_grow_with_the_files_of_a_page(count: int) -> None:
    """Parking, fetching and writing: the same statements for any number of changes."""
    with serving(gives(b"same")) as server, CaptureQueriesContext(connection) as statements:
        apply([change(f"c{number}", b"same") for number in range(count)], using="default")
        result = fetch()
        assert (result.outcome.created, asked(server)) == (count, count)
    assert Attachment.objects.count() == count
    assert len(statements) <= 40
