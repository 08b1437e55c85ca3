"""Whether two protocol buffer types may be revisions of one schema.

As documented: fields that are optional may be added and removed; other fields may not, and no field may change.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2

_FIELD = descriptor_pb2.FieldDescriptorProto
# What an older and a newer revision must agree on for a field number.
_FIXED = ("name", "type", "type_name", "label", "proto3_optional")


class Evolution:
    """One comparison; pairs that are being compared count as equal, so that recursive types end."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def conflict(self, newer: Any, older: Any) -> str | None:
        """What changed that may not, or None; both are descriptors of messages."""
        if newer.full_name != older.full_name:
            return f"the message {older.full_name} became {newer.full_name}"
        if newer.full_name in self._seen:
            return None
        self._seen.add(newer.full_name)
        found = _fields(newer, older)
        before = older.fields_by_number
        for field in newer.fields:
            if found is None and field.message_type is not None and field.number in before:
                found = self.conflict(field.message_type, before[field.number].message_type)
        return found


def _fields(newer: Any, older: Any) -> str | None:
    after, before = ({field.number: field for field in _described(each).field} for each in (newer, older))
    for number in sorted(before.keys() ^ after.keys()):
        field = before.get(number) or after[number]
        if field.label == _FIELD.LABEL_REQUIRED:
            return f"the required field {field.name} of {newer.full_name} came or went"
    for number in sorted(before.keys() & after.keys()):
        for part in _FIXED:
            if getattr(before[number], part) != getattr(after[number], part):
                return f"the {part} of field {number} of {newer.full_name} changed"
    return None


def _described(descriptor: Any) -> Any:
    described = descriptor_pb2.DescriptorProto()
    descriptor.CopyToProto(described)
    return described
