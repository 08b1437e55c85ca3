"""Avro definitions: the library parses them, and the checks of both encodings are built once a definition.

The checks are our own: fastavro's reader ends the process at a list of 10,000 links, and neither library's JSON reader
refuses what is too much. Logical types change nothing about the encoding and are left out.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

from emulator.errors import FailedPrecondition, InvalidArgument
from emulator.schemas.avro_binary import BinaryChecks
from emulator.schemas.avro_evolution import Evolution
from emulator.schemas.avro_json import JsonChecks
from emulator.schemas.types import Misfit, Type, shortened

if TYPE_CHECKING:
    from avro.schema import Schema

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class AvroType:
    """A parsed definition, with its checks."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def check_json(self, data: bytes) -> None:
        """Raise Misfit unless the data is one datum in Avro's JSON encoding and nothing else."""
        try:
            datum = json.loads(data.decode(), parse_constant=_refuse_constant)
            self._json(datum)
        except RecursionError as error:
            raise Misfit("it is nested too deeply") from error
        except ValueError as error:  # not JSON, not UTF-8
            raise Misfit(f"it is not JSON: {error}") from error

    def check_binary(self, data: bytes) -> None:
        """Raise Misfit unless the data is one datum in Avro's binary encoding and nothing else."""
        try:
            end = self._binary(data, 0)
        except RecursionError as error:
            raise Misfit("it is nested too deeply") from error
        except IndexError as error:
            raise Misfit("it ends too early") from error
        if end != len(data):
            raise Misfit(f"{len(data) - end} bytes are left over")

    def conflict(self, older: Type) -> str | None:
        """Each must be able to read what the other wrote."""
        assert isinstance(older, AvroType)
        try:
            return Evolution().conflict(self.schema, older.schema)
        except RecursionError:
            return "the definitions are nested too deeply to be compared"

    @functools.cached_property
    def _json(self) -> Any:
        return JsonChecks().of(self.schema)

    @functools.cached_property
    def _binary(self) -> Any:
        return BinaryChecks().of(self.schema)


def parse(definition: str) -> AvroType:
    """The type that a definition describes, or InvalidArgument with what is wrong with it."""
    library = _library()
    try:
        written = json.loads(definition, object_hook=_without_logical_type)
        schema = library.make_avsc_object(written, library.Names())
    except RecursionError as error:
        raise InvalidArgument("Invalid schema definition: it is nested too deeply.") from error
    except (library.avro.errors.AvroException, AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidArgument(f"Invalid schema definition: {shortened(str(error))}") from error
    if schema.type in ("union", "error_union"):
        raise InvalidArgument("Invalid schema definition: a schema has one top-level type, and this is a union.")
    _check_field_names(schema)
    return AvroType(schema)


def _library() -> Any:
    try:
        import avro.schema
    except ImportError as error:
        raise FailedPrecondition("Avro schemas need the package avro: pip install 'feedsync[emulator]'.") from error
    return avro.schema


def _without_logical_type(written: dict[str, Any]) -> dict[str, Any]:
    written.pop("logicalType", None)
    return written


def _check_field_names(schema: Schema) -> None:
    """The library checks the names of types and symbols, not those of fields."""
    seen: set[int] = set()
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        fields = getattr(part, "fields", ())
        for field in fields:
            if _NAME.fullmatch(field.name) is None:
                raise InvalidArgument(f"Invalid schema definition: {shortened(field.name)!r} is no name of a field.")
        waiting.extend(field.type for field in fields)
        waiting.extend(getattr(part, "schemas", ()))
        waiting.extend(getattr(part, name) for name in ("items", "values") if hasattr(part, name))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
