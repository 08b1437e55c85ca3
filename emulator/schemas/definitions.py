"""From a schema as the client sent it to the type behind it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from emulator.errors import InvalidArgument
from emulator.schemas import avro, protobuf
from emulator.schemas.types import Type

MAX_DEFINITION_BYTES = 300 * 1024


class Kind(IntEnum):
    """The language of a definition, as numbered on the wire."""

    PROTOCOL_BUFFER = 1
    AVRO = 2


class Encoding(IntEnum):
    """How the messages of a topic are written, as numbered on the wire."""

    JSON = 1
    BINARY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a revision consists of."""

    kind: Kind
    text: str = ""
    root_message: str = ""  # with `compiled`: the name of the message type in it
    compiled: bytes = b""  # instead of the text: a serialised FileDescriptorSet


@functools.lru_cache(maxsize=256)
def parse(definition: Definition) -> Type:
    """The type that the definition describes, or InvalidArgument with what is wrong with it.

    Remembered, so that a publish finds it ready; a protocol buffer definition takes 50 ms the first time.
    """
    size = len(definition.text.encode()) + len(definition.compiled)
    if not size:
        raise InvalidArgument("Invalid schema definition: it is empty.")
    if size > MAX_DEFINITION_BYTES:
        raise InvalidArgument(f"A schema definition may have {MAX_DEFINITION_BYTES} bytes, not {size}.")
    if definition.kind is Kind.PROTOCOL_BUFFER:
        if definition.compiled:
            return protobuf.from_descriptors(definition.compiled, definition.root_message)
        return protobuf.parse(definition.text)
    if definition.kind is Kind.AVRO:
        return avro.parse(definition.text)
    assert_never(definition.kind)


def check(found: Type, data: bytes, encoding: Encoding) -> None:
    """Raise Misfit unless the data is a message of the type in the encoding."""
    if encoding is Encoding.JSON:
        found.check_json(data)
    else:
        found.check_binary(data)


def kind(number: int) -> Kind:
    """The kind with the number on the wire."""
    try:
        return Kind(number)
    except ValueError:
        raise InvalidArgument("Invalid schema type: it must be AVRO or PROTOCOL_BUFFER.") from None


def encoding(number: int) -> Encoding:
    """The encoding with the number on the wire."""
    try:
        return Encoding(number)
    except ValueError:
        raise InvalidArgument("Invalid message encoding: it must be JSON or BINARY.") from None
