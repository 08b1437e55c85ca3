"""What a table of messages may say."""

from __future__ import annotations

import pytest

from emulator.wire.classes import build

TABLE = """
message Shelf
    books:1:map<Book> height:2:double count:3:uint64 depth:4:?int32 kind:5:Kind since:6:Timestamp
message Shelf.Book
    title:1:string:what picture:2:bytes:what pages:3:*Page
message Shelf.Book.Page
    text:1:string
enum Shelf.Kind
    UNKNOWN=0 WOODEN=4
message Library
    shelves:1:*Shelf first:2:Shelf.Book said:3:google.rpc.Status extra:4:Struct
"""


def test_a_table_becomes_classes() -> None:
    """Maps, nested types, enumerations, oneofs, presence, well-known types and types of other packages."""
    from emulator.wire import rpc  # noqa: F401 - its package is named in the table

    found = build("test.shelves", TABLE)
    shelf = found["Shelf"](height=1.5, count=2**63, kind="WOODEN", since={"seconds": 3})
    shelf.books["a"].pages.add(text="x")
    shelf.books["a"].title = "t"
    shelf.books["a"].picture = b"p"
    library = found["Library"](shelves=[shelf], first=shelf.books["a"], said={"code": 3})
    library.extra.update({"a": 1})
    assert found["Library"].FromString(library.SerializeToString()) == library
    assert shelf.books["a"].WhichOneof("what") == "picture"
    assert not shelf.HasField("depth")
    assert found["Shelf.Kind"].Value("WOODEN") == shelf.kind == 4


def test_a_table_with_a_slip_is_refused() -> None:
    """The error shows the line, so that nothing is left out in silence."""
    with pytest.raises(ValueError, match="from here on: mesage Other"):
        build("test.slips", "\nmessage One\n    a:1:string\nmesage Other\n    b:1:string\n")
