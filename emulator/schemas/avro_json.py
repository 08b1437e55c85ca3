"""Whether a value that was read from JSON is a datum of an Avro type, in Avro's own JSON encoding.

That encoding names the branch of a union, `{"string": "x"}`, writes bytes as text of code points up to 255, and has all
fields of a record and no others: defaults are for readers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.schemas.types import Misfit

Check = Callable[[Any], None]

_RANGES = {"int": 31, "long": 63}


class JsonChecks:
    """Builds the checks of one definition; types with names are built once, so that they may contain themselves."""

    def __init__(self) -> None:
        self._named: dict[str, Check] = {}

    def of(self, schema: Any) -> Check:
        """The check of a type."""
        builder = {
            "array": self._array,
            "map": self._map,
            "union": self._union,
            "error_union": self._union,
            "record": self._record,
            "error": self._record,
            "enum": _enum,
            "fixed": _fixed,
        }.get(schema.type, _primitive)
        return builder(schema)

    def _record(self, schema: Any) -> Check:
        name = schema.fullname
        if name in self._named:
            return self._named[name]
        fields: dict[str, Check] = {}

        def check(value: Any) -> None:
            if type(value) is not dict:
                raise _expected(f"an object with the fields of {name}", value)
            if value.keys() != fields.keys():
                raise _wrong_fields(value.keys(), fields.keys())
            for field, inner in fields.items():
                try:
                    inner(value[field])
                except Misfit as misfit:
                    raise misfit.inside(field) from None

        self._named[name] = check
        fields.update((field.name, self.of(field.type)) for field in schema.fields)
        return check

    def _array(self, schema: Any) -> Check:
        items = self.of(schema.items)

        def check(value: Any) -> None:
            if type(value) is not list:
                raise _expected("an array", value)
            for number, item in enumerate(value):
                try:
                    items(item)
                except Misfit as misfit:
                    raise misfit.inside(f"[{number}]") from None

        return check

    def _map(self, schema: Any) -> Check:
        values = self.of(schema.values)

        def check(value: Any) -> None:
            if type(value) is not dict:
                raise _expected("a map", value)
            for key, item in value.items():
                try:
                    values(item)
                except Misfit as misfit:
                    raise misfit.inside(key) from None

        return check

    def _union(self, schema: Any) -> Check:
        branches: dict[str, Check] = {}
        for branch in schema.schemas:
            check = self.of(branch)
            branches[getattr(branch, "fullname", branch.type)] = check
            branches.setdefault(getattr(branch, "name", branch.type), check)
        nullable = "null" in branches

        def check_branch(value: Any) -> None:
            if value is None and nullable:
                return
            if type(value) is not dict or len(value) != 1 or next(iter(value)) not in branches:
                raise _expected(f"a union, an object with one of {', '.join(branches)}", value)
            for name, item in value.items():
                branches[name](item)

        return check_branch


def _primitive(schema: Any) -> Check:
    kind: str = schema.type
    accepts: Callable[[Any], bool] = {
        "null": lambda value: value is None,
        "boolean": lambda value: type(value) is bool,
        "int": _in_range(kind),
        "long": _in_range(kind),
        "float": lambda value: type(value) in (int, float),
        "double": lambda value: type(value) in (int, float),
        "bytes": _is_bytes,
        "string": lambda value: type(value) is str,
    }[kind]

    def check(value: Any) -> None:
        if not accepts(value):
            raise _expected(kind, value)

    return check


def _enum(schema: Any) -> Check:
    symbols = frozenset(schema.symbols)

    def check(value: Any) -> None:
        if type(value) is not str or value not in symbols:
            raise _expected(f"a symbol of {schema.fullname}", value)

    return check


def _fixed(schema: Any) -> Check:
    def check(value: Any) -> None:
        if not _is_bytes(value) or len(value) != schema.size:
            raise _expected(f"{schema.size} bytes", value)

    return check


def _in_range(kind: str) -> Callable[[Any], bool]:
    end = 1 << _RANGES.get(kind, 0)
    return lambda value: type(value) is int and -end <= value < end


def _is_bytes(value: Any) -> bool:
    return type(value) is str and all(character <= "\xff" for character in value)


def _expected(kind: str, value: Any) -> Misfit:
    shown = repr(value)
    return Misfit(f"expected {kind}, found {shown if len(shown) <= 60 else type(value).__name__}")


def _wrong_fields(found: Any, wanted: Any) -> Misfit:
    missing, unknown = sorted(wanted - found), sorted(found - wanted)
    if missing:
        return Misfit(f"the fields {', '.join(missing)} are missing")
    return Misfit(f"the fields {', '.join(unknown)} are not in the schema")
