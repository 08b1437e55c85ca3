"""Whatever a stranger sends as a definition or a message ends in an answer or a refusal, never in another error."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.errors import InvalidArgument
from emulator.schemas import avro, protobuf
from emulator.schemas.types import Misfit, Type

WORDS = ["record", "enum", "array", "map", "fixed", "union", "null", "int", "string", "bytes", "R", "a", "error_union"]
KEYS = ["type", "name", "fields", "items", "values", "symbols", "size", "default", "namespace", "aliases"]
leaves = st.one_of(st.sampled_from(WORDS), st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=3))
parts = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)),
    max_leaves=20,
)
AVRO = avro.parse(
    json.dumps(
        {
            "type": "record",
            "name": "R",
            "fields": [
                {"name": "a", "type": ["null", "R", {"type": "array", "items": "R"}, {"type": "map", "values": "int"}]},
                {"name": "b", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}},
                {"name": "c", "type": ["string", "bytes", "double", "boolean"]},
            ],
        }
    )
)
PROTO = protobuf.parse(
    """
    syntax = "proto3";
    message M {
      enum E { A = 0; B = 1; }
      string a = 1; E b = 2; M c = 3; repeated double d = 4; map<string, M> e = 5; bytes f = 6; bool g = 7;
      oneof o { int32 h = 8; uint64 i = 9; }
    }
    """
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from([*"abcdefghio", "R", "map", "array"]), inner)
    ),
    max_leaves=10,
)


def read(found: Type, data: bytes) -> None:
    """Look at the data in both encodings."""
    for check in (found.check_json, found.check_binary):
        with contextlib.suppress(Misfit):
            check(data)


@settings(max_examples=300, deadline=None)
@given(parts)
@example({"type": "null", "fields": "record"})
def test_any_json_is_a_definition_or_refused(definition: Any) -> None:
    """What Avro's parser takes can be compared with itself and reads messages."""
    with contextlib.suppress(InvalidArgument):
        found = avro.parse(json.dumps(definition))
        assert found.conflict(found) is None
        read(found, b"")
        read(found, b"{}")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    """In both languages and encodings."""
    read(AVRO, data)
    read(PROTO, data)


@settings(max_examples=300, deadline=None)
@given(values)
def test_any_json_is_a_message_or_refused(value: Any) -> None:
    """In both languages."""
    data = json.dumps(value).encode()
    read(AVRO, data)
    read(PROTO, data)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60), st.text(max_size=5))
def test_any_bytes_are_descriptors_or_refused(data: bytes, root: str) -> None:
    """A compiled definition is not trusted either."""
    with contextlib.suppress(InvalidArgument):
        protobuf.from_descriptors(data, root)
