"""Golden files: pages and exported lines as wire version 1 has them, which every later feedsync must read.

`page.json` is the plain text of `page.json.zst`, a message as it was published. They are never written anew: what reads
them may change, they don't.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
import zstandard

from feedsync.wire import json, page
from feedsync.wire.page import Change, Incoming

GOLDEN = Path(__file__).parent / "golden"
SUMS = {
    "file.json": "0e0bb285772d435c629f0a574d0448b04011dbbaffe0844b42d56dd5a3c3d57b",
    "page.json": "e1df5a4a9afd8927dd49f5aa484be8dc1cf9a32563fa29730967d27553227485",
    "page.json.zst": "88377ac881c4a69923eb428435414d2d7054603c7ba5b8af15dd2aa6d4ef5b26",
}

EVERY = Change(
    feed="library.everyfield",
    origin="studio",
    key='["é \\"quoted\\""]',
    version=116967243776000000,
    marked_at=1784778500000,
    fields={
        "name": 'é "quoted"',
        "big_integer": -(2**63),
        "binary": "AP8=",
        "boolean": True,
        "char": None,
        "date": "2026-11-23",
        "date_time": "2026-11-23T14:00:00.000001+00:00",
        "decimal": "1.500000",
        "duration": -1,
        "floating": 1.0,
        "integer": 0,
        "json": {"$json": '{"huge": 1180591620717411303424}'},
        "time": "23:59:59.999999",
        "uuid": "12345678-1234-5678-1234-567812345678",
    },
)
RENAMED = Change(
    feed="library.everyfield",
    origin="studio",
    key='["new"]',
    version=116967243776000002,
    former=('["old"]', '["older",null,1]'),
    left_at=(None, (116967243775000000, "shop")),
    fields={"name": "new", "country": ["GB"], "parent": None, "tags": [["a"], ["b"]]},
)
FILE = Change(
    feed="library.attachment",
    origin="studio",
    key='["a"]',
    version=116967243776000004,
    fields={
        "code": "a",
        "file": "attachments/a.bin",
        "file.content": {"sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "size": 3},
    },
)
DELETED = Change(feed="library.everyfield", origin="studio", key='[null,2,"x"]', version=1, fields=None)
EXPECTED = Incoming(
    feed="library.everyfield",
    origin="studio",
    incarnation="0123456789abcdef0123456789abcdef",
    changes=(EVERY, RENAMED, DELETED),
)


def test_page_of_version_1_is_read() -> None:
    """A message that version 0.1.0 published means what it meant."""
    assert page.decode_page((GOLDEN / "page.json.zst").read_bytes()) == EXPECTED


def test_page_is_written_as_ever() -> None:
    """What is published now is, byte for byte before compression, what version 0.1.0 published."""
    (found,) = page.encode_pages(EXPECTED.changes, incarnation=EXPECTED.incarnation)
    text = zstandard.ZstdDecompressor().decompress(found.data)

    assert text == (GOLDEN / "page.json").read_bytes()
    assert zstandard.ZstdDecompressor().decompress((GOLDEN / "page.json.zst").read_bytes()) == text


@pytest.mark.parametrize("change", EXPECTED.changes)
def test_change_reads_back(change: Change) -> None:
    """A change survives on its own, too, as export sends it."""
    item = json.loads(json.dumps(page.encode_change(change)))

    assert page.decode_change(item, feed=change.feed, origin=change.origin) == change


def test_a_file_is_two_values() -> None:
    """Its name in the field, its content beside it: as it was first published, and as it is now."""
    golden = (GOLDEN / "file.json").read_bytes()

    assert page.decode_change(json.loads(golden), feed=FILE.feed, origin=FILE.origin) == FILE
    assert json.dumps(page.encode_change(FILE)) == golden


def test_golden_files_stay_as_they_are() -> None:
    """Whoever changes the wire adds a file, and leaves these."""
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in GOLDEN.iterdir()} == SUMS
