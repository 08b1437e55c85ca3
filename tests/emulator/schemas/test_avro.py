"""Avro definitions and messages: what fits, what does not, and what may follow what."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest

from emulator.errors import InvalidArgument
from emulator.schemas import avro
from emulator.schemas.types import Misfit


def record(*fields: Any, name: str = "R") -> str:
    """A record with fields as (name, type) or (name, type, default)."""
    keys = ("name", "type", "default")
    return json.dumps(
        {"type": "record", "name": name, "fields": [dict(zip(keys, each, strict=False)) for each in fields]}
    )


STATE = record(
    ("name", "string"),
    ("population", ["null", "long"]),
    ("tags", {"type": "array", "items": "string"}),
    ("more", {"type": "map", "values": "double"}),
    ("size", {"type": "enum", "name": "Size", "symbols": ["BIG", "SMALL"]}),
    ("key", {"type": "fixed", "name": "Key", "size": 2}),
    ("raw", "bytes"),
    ("flag", "boolean"),
)
GOOD = {
    "name": "Alaska",
    "population": {"long": 730_000},
    "tags": ["cold"],
    "more": {"area": 1.7},
    "size": "BIG",
    "key": "\x00\xff",
    "raw": "ÿ",
    "flag": True,
}
LINKED = record(("next", ["null", "R"]))


def test_a_message_in_avros_json_fits() -> None:
    """Every kind of type has its JSON."""
    avro.parse(STATE).check_json(json.dumps(GOOD).encode())
    avro.parse(STATE).check_json(json.dumps({**GOOD, "population": None}).encode())


@pytest.mark.parametrize(
    ("change", "culprit"),
    [
        ({"name": 1}, "name: expected string, found 1"),
        ({"population": 730_000}, "population: expected a union"),
        ({"population": {"int": 1}}, "population: expected a union"),
        ({"population": {"long": 1 << 63}}, "population: expected long"),
        ({"population": {"long": True}}, "population: expected long"),
        ({"tags": ["cold", 2]}, r"tags.\[1\]: expected string"),
        ({"more": {"area": "big"}}, "more.area: expected double"),
        ({"size": "TINY"}, "size: expected a symbol of Size"),
        ({"key": "abc"}, "key: expected 2 bytes"),
        ({"raw": "€"}, "raw: expected bytes"),
        ({"flag": 1}, "flag: expected boolean"),
        ({"extra": 1}, "extra are not in the schema"),
    ],
)
def test_a_message_that_does_not_fit_is_refused_with_the_place(change: dict[str, Any], culprit: str) -> None:
    """The refusal names the field."""
    with pytest.raises(Misfit) as refusal:
        avro.parse(STATE).check_json(json.dumps({**GOOD, **change}).encode())
    assert refusal.match(culprit)


def test_all_fields_are_needed_also_those_with_a_default() -> None:
    """Defaults are for readers."""
    with pytest.raises(Misfit, match="the fields b are missing"):
        avro.parse(record(("a", "int"), ("b", "int", 0))).check_json(b'{"a": 1}')


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[]", b"null", b'{"next": null} {}', b'{"next": NaN}'])
def test_what_is_no_json_message_is_refused(data: bytes) -> None:
    """Garbage ends in a refusal, not in an error."""
    with pytest.raises(Misfit):
        avro.parse(LINKED).check_json(data)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", [b"\x00", b"\x01", b"\xff\xff\xff\xff\x0f"], [b"", b"\x80", b"\xff\xff\xff\xff\xff\x0f", b"\x00\x00"]),
        ("long", [b"\x7f", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"], [b"\xff" * 11]),
        ("boolean", [b"\x00", b"\x01"], [b"\x02"]),
        ("float", [b"1234"], [b"123", b"12345"]),
        ("double", [b"12345678"], [b"1234"]),
        ("string", [b"\x00", b"\x04hi"], [b"\x06hi", b"\x01hi", b"\x02\xff"]),
        ("bytes", [b"\x02\xff"], [b"\x04\xff"]),
        ("null", [b""], [b"\x00"]),
        (["null", "int"], [b"\x00", b"\x02\x02"], [b"\x04", b"\x01", b"\x02"]),
        ({"type": "array", "items": "int"}, [b"\x00", b"\x04\x02\x04\x00", b"\x03\x04\x02\x04\x00"], [b"\x04\x02"]),
        ({"type": "map", "values": "int"}, [b"\x02\x02a\x02\x00"], [b"\x02\x02a\x00"]),
        ({"type": "enum", "name": "E", "symbols": ["A"]}, [b"\x00"], [b"\x02", b"\x01"]),
        ({"type": "fixed", "name": "F", "size": 3}, [b"abc"], [b"ab"]),
    ],
)
def test_binary_messages_fit_to_the_last_byte(kind: Any, good: list[bytes], bad: list[bytes]) -> None:
    """Neither a byte too few nor one too many."""
    found = avro.parse(record(("a", kind)))
    for data in good:
        found.check_binary(data)
    for data in bad:
        with pytest.raises(Misfit):
            found.check_binary(data)


def test_the_library_writes_what_fits() -> None:
    """What Avro's own writer makes of a datum passes the check of the binary encoding."""
    import io

    from avro.io import BinaryEncoder, DatumWriter

    found = avro.parse(STATE)
    written = io.BytesIO()
    datum = {**GOOD, "population": 730_000, "key": b"\x00\xff", "raw": b"\xff"}
    DatumWriter(found.schema).write(datum, BinaryEncoder(written))
    found.check_binary(written.getvalue())
    with pytest.raises(Misfit):
        found.check_binary(written.getvalue()[:-1])


@pytest.mark.parametrize(
    ("definition", "data"),
    [
        (LINKED, b"\x02" * 1_000_000 + b"\x00"),
        (record(("next", "R")), b""),
        (record(("a", {"type": "array", "items": "null"})), b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"),
        (record(("a", "string")), b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    ],
)
def test_hostile_messages_end_at_once(definition: str, data: bytes) -> None:
    """Neither depth nor a length that is a lie costs time, memory or the process."""
    found = avro.parse(definition)
    began = time.monotonic()
    with contextlib.suppress(Misfit):
        found.check_binary(data)
    assert time.monotonic() - began < 5


def pairs(depth: int, leaf: Any) -> str:
    """A record of two records of two records …, that many deep."""
    found: Any = leaf
    for level in range(depth):
        again = found["name"] if isinstance(found, dict) else found
        fields = [{"name": "a", "type": found}, {"name": "b", "type": again}]
        found = {"type": "record", "name": f"L{level}", "fields": fields}
    return json.dumps(found)


def test_hostile_definitions_end_at_once() -> None:
    """A definition whose smallest message would be a million values is looked at in no time."""
    began = time.monotonic()
    avro.parse(pairs(40, "null")).check_binary(b"")
    for data in (b"", b"\x00" * 1000):
        with pytest.raises(Misfit):
            avro.parse(pairs(40, "int")).check_binary(data)
    assert avro.parse(pairs(40, "int")).conflict(avro.parse(pairs(40, "int"))) is None
    wide = record(*((f"f{number}", ["null", "string"], None) for number in range(4000)))
    assert avro.parse(wide).conflict(avro.parse(wide)) is None
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "definition",
    [
        "",
        "nonsense",
        "{}",
        "5",
        "null",
        "[]",
        '["int", "string"]',
        '"nosuch"',
        '{"type": "record", "name": "R"}',
        '{"type": "record", "name": "R", "fields": 5}',
        '{"type": "record", "name": "R", "fields": [5]}',
        '{"type": "record", "fields": []}',
        '{"type": "record", "name": "not a name", "fields": []}',
        record(("1a", "int")),
        record(("a", "int"), ("a", "int")),
        record(("a", "Missing")),
        record(("a", ["int", "int"])),
        '{"type": "enum", "name": "E", "symbols": ["a", "a"]}',
        '{"type": "fixed", "name": "F", "size": -1}',
        '{"type": "array", "items":' * 20_000,
        '{"type": "array", "items":' * 5_000 + '"int"' + "}" * 5_000,
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(definition: str) -> None:
    """Refused, with a short reason."""
    with pytest.raises(InvalidArgument, match="Invalid schema definition") as refusal:
        avro.parse(definition)
    assert len(str(refusal.value)) < 500


def test_logical_types_change_nothing() -> None:
    """They are a matter between publisher and subscriber."""
    day = {"type": "int", "logicalType": "date"}
    price = {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 9}
    found = avro.parse(record(("day", day), ("price", price), ("odd", {"type": "string", "logicalType": "nonsense"})))
    found.check_json(b'{"day": 1, "price": "x", "odd": "x"}')


NEWER_AND_OLDER = [
    (record(("a", "int"), ("b", "int", 0)), record(("a", "int")), None),
    (record(("a", "int")), record(("a", "int"), ("b", ["null", "int"], None)), None),
    (record(("a", "int"), ("b", "int")), record(("a", "int")), "b"),
    (record(("a", "string")), record(("a", "bytes")), None),
    (record(("a", "long")), record(("a", "int")), "int became long"),
    (record(("a", ["null", "int"])), record(("a", ["int", "null"])), None),
    (record(("a", ["null", "int"])), record(("a", "int")), "null"),
    (record(("a", "int"), name="S"), record(("a", "int")), "R became S"),
    (record(("a", {"type": "array", "items": "int"})), record(("a", {"type": "array", "items": "string"})), "a: "),
    (LINKED, LINKED, None),
]


@pytest.mark.parametrize(("newer", "older", "culprit"), NEWER_AND_OLDER)
def test_a_revision_reads_the_other_and_is_read_by_it(newer: str, older: str, culprit: str | None) -> None:
    """The rules of schema resolution hold in both directions, whichever came first."""
    for one, other in ((newer, older), (older, newer)):
        found = avro.parse(one).conflict(avro.parse(other))
        assert (found is None) is (culprit is None)
    if culprit is not None:
        assert culprit in (avro.parse(newer).conflict(avro.parse(older)) or "")
