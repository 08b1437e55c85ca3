"""Protocol buffer definitions and messages: what fits, what does not, and what may follow what."""

from __future__ import annotations

import pytest
from google.protobuf import descriptor_pb2

from emulator.errors import InvalidArgument
from emulator.schemas import protobuf
from emulator.schemas.types import Misfit

STATE = """
syntax = "proto3";
package utilities;
message State {
  enum Size { UNKNOWN = 0; BIG = 1; }
  message Capital { string name = 1; }
  string name = 1;
  optional int64 population = 2;
  Size size = 3;
  Capital capital = 4;
  repeated State neighbours = 5;
  map<string, double> more = 6;
}
"""


@pytest.fixture(scope="module")
def state() -> protobuf.ProtobufType:
    """The definition above, compiled."""
    return protobuf.parse(STATE)


def test_messages_fit_in_both_encodings(state: protobuf.ProtobufType) -> None:
    """The JSON mapping with either spelling of names, and the wire format."""
    state.check_json(b'{"name": "Alaska", "population": "7", "size": "BIG", "capital": {"name": "Juneau"}}')
    state.check_json(b'{"neighbours": [{"more": {"area": 1.5}}]}')
    state.check_json(b"{}")
    state.check_binary(b"\x0a\x06Alaska\x10\x07\x18\x01")
    state.check_binary(b"")


def test_fields_of_other_revisions_pass_on_the_wire(state: protobuf.ProtobufType) -> None:
    """An unknown field number is no error to protocol buffers."""
    state.check_binary(b"\x98\x06\x01")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"x"',
        b"\xff",
        b'{"name": 1}',
        b'{"nosuch": 1}',
        b'{"size": "TINY"}',
        b'{"population": 1e400}',
        b'{"name": "a", "name": "b"}',
        b"{} {}",
        b'{"neighbours": [' * 200 + b"]}" * 200,
        b"[" * 100_000,
    ],
)
def test_json_that_does_not_fit_is_refused(state: protobuf.ProtobufType, data: bytes) -> None:
    """Whatever it is, it ends in a short refusal."""
    with pytest.raises(Misfit) as refusal:
        state.check_json(data)
    assert 0 < len(str(refusal.value)) < 500


@pytest.mark.parametrize("data", [b"\x0a\x07Alaska", b"\x0a\x01\xff", b"\x07", b"\x2a\x80" * 100_000])
def test_bytes_that_do_not_fit_are_refused(state: protobuf.ProtobufType, data: bytes) -> None:
    """Too short, not UTF-8, no wire type, too deep."""
    with pytest.raises(Misfit):
        state.check_binary(data)


def test_a_required_field_is_required() -> None:
    """In the older language, a field may be required."""
    found = protobuf.parse('syntax = "proto2"; message M { required string a = 1; }')
    found.check_json(b'{"a": "x"}')
    for check in (found.check_json, found.check_binary):
        with pytest.raises(Misfit, match="a are missing"):
            check(b"{}" if check == found.check_json else b"")


@pytest.mark.parametrize(
    ("definition", "culprit"),
    [
        ("", "exactly one top-level type"),
        ('syntax = "proto3";', "and defines 0"),
        ('syntax = "proto3"; message M {} message N {}', "and defines 2"),
        ('syntax = "proto3"; message M {} enum E { A = 0; }', "and defines 2"),
        ('syntax = "proto3"; import "google/protobuf/any.proto"; message M { google.protobuf.Any a = 1; }', "imports"),
        ('syntax = "proto3"; import "/etc/hostname"; message M {}', "hostname"),
        ('syntax = "proto3"; message M { string a = 1; string b = 1; }', "1"),
        ("nonsense", "1:1"),
        ("message M {" * 20_000, "recursion limit"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(definition: str, culprit: str) -> None:
    """Refused with what the compiler says, and nothing of where it ran."""
    with pytest.raises(InvalidArgument, match="Invalid schema definition") as refusal:
        protobuf.parse(definition)
    assert culprit in str(refusal.value)
    assert "/tmp" not in str(refusal.value)


def test_a_compiled_definition_needs_no_compiler() -> None:
    """A FileDescriptorSet with the name of its message does what the text does."""
    files = descriptor_pb2.FileDescriptorSet()
    file = files.file.add(name="m.proto", package="p", syntax="proto3")
    file.message_type.add(name="M").field.add(name="a", number=1, type=9, label=1)
    found = protobuf.from_descriptors(files.SerializeToString(), "p.M")
    found.check_json(b'{"a": "x"}')
    with pytest.raises(InvalidArgument):
        protobuf.from_descriptors(files.SerializeToString(), "p.N")
    with pytest.raises(InvalidArgument):
        protobuf.from_descriptors(b"\xff", "p.M")


@pytest.mark.parametrize(
    ("newer", "culprit"),
    [
        ("string a = 1; M m = 2; int32 b = 3;", None),
        ("string a = 1; M m = 2; repeated int32 b = 3;", None),
        ("M m = 2;", None),
        ("int32 a = 1; M m = 2;", "type of field 1"),
        ("string b = 1; M m = 2;", "name of field 1"),
        ("repeated string a = 1; M m = 2;", "label of field 1"),
    ],
)
def test_optional_fields_may_come_and_go_and_none_may_change(newer: str, culprit: str | None) -> None:
    """As documented."""
    older = protobuf.parse('syntax = "proto3"; message M { string a = 1; M m = 2; }')
    found = protobuf.parse(f'syntax = "proto3"; message M {{ {newer} }}').conflict(older)
    assert found is None if culprit is None else culprit in (found or "")


def test_required_fields_stay_and_messages_keep_their_names() -> None:
    """A required field can't be added, nor the message renamed."""
    older = protobuf.parse('syntax = "proto2"; message M { optional string a = 1; }')
    required = protobuf.parse('syntax = "proto2"; message M { optional string a = 1; required string b = 2; }')
    renamed = protobuf.parse('syntax = "proto2"; message N { optional string a = 1; }')
    assert "required field b" in (required.conflict(older) or "")
    assert "M became N" in (renamed.conflict(older) or "")


def test_what_is_nested_may_not_change_either() -> None:
    """The rules hold for the types of fields too."""
    older, newer = (
        protobuf.parse(f'syntax = "proto3"; message M {{ message N {{ {kind} a = 1; }} N n = 1; }}')
        for kind in ("string", "int32")
    )
    assert "type of field 1 of M.N" in (newer.conflict(older) or "")
