"""Whether two Avro types may be revisions of one schema: each reads what the other wrote, by Avro's resolution rules.

The rules of promotion hold in both directions only between equal types and between bytes and string. (The library's own
check takes half a minute for a record of 4,500 fields.)
"""

from __future__ import annotations

from typing import Any

_RECORDS = ("record", "error")
_UNIONS = ("union", "error_union")
_INTERCHANGEABLE = ("bytes", "string")


class Evolution:
    """One comparison; pairs that are being compared count as equal, so that recursive types end."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()

    def conflict(self, newer: Any, older: Any) -> str | None:
        """What one of the two could not read of the other, or None."""
        pair = (id(newer), id(older))
        if pair in self._seen:
            return None
        self._seen.add(pair)
        if newer.type in _UNIONS or older.type in _UNIONS:
            return self._unions(_branches(newer), _branches(older))
        if newer.type != older.type:
            fits = newer.type in _INTERCHANGEABLE and older.type in _INTERCHANGEABLE
            return None if fits else f"the type {older.type} became {newer.type}"
        if newer.type in _RECORDS:
            return _named(newer, older) or self._records(newer, older)
        if newer.type == "array":
            return self.conflict(newer.items, older.items)
        if newer.type == "map":
            return self.conflict(newer.values, older.values)
        return _named(newer, older) or _sizes(newer, older)

    def _records(self, newer: Any, older: Any) -> str | None:
        fields = {field.name: field for field in newer.fields}
        before = {field.name: field for field in older.fields}
        for name in fields.keys() ^ before.keys():
            field = fields.get(name) or before[name]
            if not field.has_default:
                return f"the field {name} of {newer.fullname} came or went and has no default"
        for name in fields.keys() & before.keys():
            found = self.conflict(fields[name].type, before[name].type)
            if found is not None:
                return f"{name}: {found}"
        return None

    def _unions(self, newer: dict[str, Any], older: dict[str, Any]) -> str | None:
        for name in newer.keys() ^ older.keys():
            if name not in _INTERCHANGEABLE or not all(
                any(each in branches for each in _INTERCHANGEABLE) for branches in (newer, older)
            ):
                return f"the type {name} of a union came or went"
        for name in newer.keys() & older.keys():
            found = self.conflict(newer[name], older[name])
            if found is not None:
                return found
        return None


def _branches(schema: Any) -> dict[str, Any]:
    branches = schema.schemas if schema.type in _UNIONS else [schema]
    return {getattr(branch, "fullname", branch.type): branch for branch in branches}


def _named(newer: Any, older: Any) -> str | None:
    if getattr(newer, "name", None) == getattr(older, "name", None):
        return None
    return f"the name {older.fullname} became {newer.fullname}"


def _sizes(newer: Any, older: Any) -> str | None:
    if newer.type == "fixed" and newer.size != older.size:
        return f"the size of {newer.fullname} changed from {older.size} to {newer.size}"
    if newer.type != "enum" or set(newer.symbols) == set(older.symbols):
        return None
    defaults = "default" in newer.other_props and "default" in older.other_props
    return None if defaults else f"the symbols of {newer.fullname} changed and it has no default"
