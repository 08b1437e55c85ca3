"""From a readable table to protobuf classes, in a descriptor pool of the emulator's own.

The pool never clashes with the generated classes of the official clients, whose import would cost a third of a second;
and nothing but protobuf itself is imported. All tables share the pool, so that one may name the types of another.

    message Topic
        name:1:string labels:2:map<string> state:9:State delimiter:10:?string
    message Topic.Source
        bucket:1:string:from queue:2:*Queue:from
    enum Topic.State
        STATE_UNSPECIFIED=0 ACTIVE=1

A field is `name:number:type`, then `:oneof` if it belongs to one. `*` repeats, `?` knows whether it was set, the key of
a map is a string unless it is named (`map<int32,string>`). A type is a scalar, a well-known type (Duration), a type of
the same package, found from the inside out as in protocol buffers, or a full name (`google.rpc.Status`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    message_factory,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

POOL = descriptor_pool.DescriptorPool()

_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {name.removeprefix("TYPE_").lower(): number for name, number in _FIELD.Type.items()}
_WELL_KNOWN = {
    name: module.DESCRIPTOR.name
    for module in (any_pb2, duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2)
    for name in module.DESCRIPTOR.message_types_by_name
}
_FILES: list[str] = []  # in the pool, in the order of the tables
_DEFINITION = re.compile(r"^(?P<kind>message|enum) (?P<name>[\w.]+)\n(?P<lines>(?:[ ]+.*\n)*)", re.MULTILINE)

for _module in (any_pb2, duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2):
    POOL.AddSerializedFile(_module.DESCRIPTOR.serialized_pb)


def build(package: str, table: str) -> dict[str, Any]:
    """The classes of a table by name, enumerations too, and those of the well-known types."""
    file = f"{len(_FILES)}.proto"
    schema = descriptor_pb2.FileDescriptorProto(name=file, package=package, syntax="proto3")
    schema.dependency.extend([*dict.fromkeys(_WELL_KNOWN.values()), *_FILES])
    messages: dict[str, Any] = {}  # {name: its descriptor}
    enums = []
    for kind, name, words in _definitions(table):
        owner = messages.get(name.rpartition(".")[0])
        if kind == "enum":
            enums.append(name)
            _add_enum(owner.enum_type if owner else schema.enum_type, name, words)
        else:
            nested = owner.nested_type if owner else schema.message_type
            messages[name] = nested.add(name=name.rpartition(".")[2])
            _add_fields(messages[name], words)
    POOL.AddSerializedFile(schema.SerializeToString())
    _FILES.append(file)
    found = {name: message_class(f"google.protobuf.{name}") for name in _WELL_KNOWN}
    found |= {name: message_class(f"{package}.{name}") for name in messages}
    return found | {name: EnumTypeWrapper(POOL.FindEnumTypeByName(f"{package}.{name}")) for name in enums}


def message_class(full_name: str) -> Any:
    """The class of a message that some table has defined."""
    return message_factory.GetMessageClass(POOL.FindMessageTypeByName(full_name))


def _definitions(table: str) -> Iterator[tuple[str, str, list[str]]]:
    end = len(table) - len(table.lstrip("\n"))
    for found in _DEFINITION.finditer(table):
        if table[end : found.start()].strip():
            break
        end = found.end()
        yield found["kind"], found["name"], found["lines"].split()
    if table[end:].strip():
        raise ValueError(f"The table is not understood from here on: {table[end:].strip().splitlines()[0]}")


def _add_enum(enums: Any, name: str, words: list[str]) -> None:
    enum = enums.add(name=name.rpartition(".")[2])
    for word in words:
        value, number = word.split("=")
        enum.value.add(name=value, number=int(number))


def _add_fields(message: Any, words: list[str]) -> None:
    oneofs: dict[str, int] = {}
    optional = []
    for word in words:
        name, number, kind, *oneof = word.split(":")
        field = message.field.add(name=name, number=int(number), label=_FIELD.LABEL_OPTIONAL)
        if kind.startswith("map<"):
            _make_map(message, field, kind)
        elif kind.startswith("*"):
            field.label = _FIELD.LABEL_REPEATED
        if kind.startswith("?"):
            field.proto3_optional = True
            optional.append(field)
        _set_type(field, kind.lstrip("*?"))
        for each in oneof:
            field.oneof_index = oneofs.setdefault(each, len(oneofs))
    for field in optional:  # a oneof of its own for each, after the real ones
        field.oneof_index = oneofs.setdefault(f"_{field.name}", len(oneofs))
    for each in oneofs:
        message.oneof_decl.add(name=each)


def _make_map(message: Any, field: Any, kind: str) -> None:
    entry = message.nested_type.add(name="".join(part.title() for part in field.name.split("_")) + "Entry")
    entry.options.map_entry = True
    key, _, value = kind[4:-1].rpartition(",")
    entry.field.add(name="key", number=1, type=_SCALARS[key or "string"], label=_FIELD.LABEL_OPTIONAL)
    _set_type(entry.field.add(name="value", number=2, label=_FIELD.LABEL_OPTIONAL), value)
    field.label = _FIELD.LABEL_REPEATED
    field.type_name = entry.name


def _set_type(field: Any, kind: str) -> None:
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    elif kind in _WELL_KNOWN:
        field.type_name = f".google.protobuf.{kind}"
    elif not field.type_name:
        field.type_name = f".{kind}" if kind[0].islower() else kind
