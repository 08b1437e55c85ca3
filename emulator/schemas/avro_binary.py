"""Whether bytes are a datum of an Avro type in Avro's binary encoding.

A check takes the data and a position, and returns the position behind the datum; an IndexError says that the data ends
too early. Every step consumes a byte or ends, so the work is bounded by the length of the data and not by what a length
inside it claims.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.schemas.types import Misfit

Check = Callable[[bytes, int], int]

_MOST_VARINT_BYTES = {"int": 5, "long": 10}


def nothing(data: bytes, position: int) -> int:
    """The check of what takes no bytes: null, and records of nulls."""
    return position


class BinaryChecks:
    """Builds the checks of one definition; types with names are built once, so that they may contain themselves."""

    def __init__(self) -> None:
        self._named: dict[str, Check] = {}

    def of(self, schema: Any) -> Check:
        """The check of a type."""
        kind = schema.type
        if kind in ("record", "error"):
            return self._record(schema)
        if kind in ("union", "error_union"):
            return self._union([self.of(branch) for branch in schema.schemas])
        if kind == "array":
            return _blocks(self.of(schema.items))
        if kind == "map":
            return _blocks(_pair(self.of(schema.values)))
        if kind == "enum":
            return _enum(len(schema.symbols))
        if kind == "fixed":
            return _bytes_ahead(schema.size)
        return _PRIMITIVES[kind]

    def _record(self, schema: Any) -> Check:
        name = schema.fullname
        if name in self._named:
            return self._named[name]
        fields: list[tuple[str, Check]] = []

        def check(data: bytes, position: int) -> int:
            for field, inner in fields:
                try:
                    position = inner(data, position)
                except Misfit as misfit:
                    raise misfit.inside(field) from None
            return position

        self._named[name] = check
        built = [(field.name, self.of(field.type)) for field in schema.fields]
        # What takes no bytes is left out: a record of pairs of pairs of nulls would take for ever to look at.
        fields.extend((name, inner) for name, inner in built if inner is not nothing)
        if not fields:
            self._named[name] = nothing
        return self._named[name]

    def _union(self, branches: list[Check]) -> Check:
        def check(data: bytes, position: int) -> int:
            number, position = _varint(data, position, "int")
            if not 0 <= number < len(branches):
                raise Misfit(f"a union has no branch {number}")
            return branches[number](data, position)

        return check


def _blocks(item: Check) -> Check:
    def check(data: bytes, position: int) -> int:
        while True:
            count, position = _varint(data, position, "long")
            if count == 0:
                return position
            if count < 0:  # then the size of the block follows
                _, position = _varint(data, position, "long")
            for _ in range(abs(count)):
                before, position = position, item(data, position)
                if before == position:
                    break

    return check


def _pair(value: Check) -> Check:
    return lambda data, position: value(data, _string(data, position))


def _enum(symbols: int) -> Check:
    def check(data: bytes, position: int) -> int:
        number, position = _varint(data, position, "int")
        if not 0 <= number < symbols:
            raise Misfit(f"an enum has no symbol {number}")
        return position

    return check


def _bytes_ahead(size: int) -> Check:
    def check(data: bytes, position: int) -> int:
        if len(data) < position + size:
            raise IndexError
        return position + size

    return check


def _boolean(data: bytes, position: int) -> int:
    if data[position] > 1:
        raise Misfit(f"expected a boolean, found the byte {data[position]}")
    return position + 1


def _bytes(data: bytes, position: int) -> int:
    length, position = _varint(data, position, "long")
    if length < 0:
        raise Misfit(f"a length is {length}")
    if len(data) < position + length:
        raise IndexError
    return position + length


def _string(data: bytes, position: int) -> int:
    end = _bytes(data, position)
    _, start = _varint(data, position, "long")
    try:
        data[start:end].decode()
    except UnicodeDecodeError:
        raise Misfit("a string is not UTF-8") from None
    return end


def _varint(data: bytes, position: int, kind: str) -> tuple[int, int]:
    """A number in zigzag encoding, and the position behind it."""
    value = data[position]
    if value < 0x80:
        return (value >> 1) ^ -(value & 1), position + 1
    value, shift, start = value & 0x7F, 7, position
    while True:
        position += 1
        if position - start >= _MOST_VARINT_BYTES[kind]:
            raise Misfit(f"a number is longer than {_MOST_VARINT_BYTES[kind]} bytes")
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), position + 1
        shift += 7


_PRIMITIVES: dict[str, Check] = {
    "null": nothing,
    "boolean": _boolean,
    "int": lambda data, position: _varint(data, position, "int")[1],
    "long": lambda data, position: _varint(data, position, "long")[1],
    "float": _bytes_ahead(4),
    "double": _bytes_ahead(8),
    "bytes": _bytes,
    "string": _string,
}
