"""From an HTTP request to the message of a method: body, query and path each fill in their fields.

Names are taken in camelCase and in snake_case; what no field has is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import json_format

from emulator.errors import InvalidArgument
from emulator.wire.classes import POOL
from emulator.wire.interfaces import Method, Rule

# For the service as a whole, not for the method.
_SYSTEM = frozenset(
    {"access_token", "alt", "callback", "fields", "key", "oauth_token", "passwd", "prettyPrint", "quotaUser"}
    | {"uploadType", "upload_protocol", "userIp", "userProject", "xgafv"}
)
_ANYTHING = "google.api.HttpBody"
_INVALID = "Invalid JSON payload received."


def message(
    method: Method,
    rule: Rule,
    *,
    body: bytes,
    query: Iterable[tuple[str, str]],
    bound: Mapping[str, str],
    content_type: str = "",
) -> Any:
    """The request message, or InvalidArgument with what is wrong."""
    found = method.request()
    if rule.body == "*":
        _merge(found, _object(body))
    elif rule.body and found.DESCRIPTOR.fields_by_name[rule.body].message_type.full_name == _ANYTHING:
        raw = getattr(found, rule.body)
        raw.data, raw.content_type = body, content_type
    elif rule.body:
        _merge(found, {rule.body: _object(body)})
    _merge(found, _nested(found.DESCRIPTOR, query))
    for path, value in bound.items():
        _set(found, path, value)
    return found


def system_parameter(name: str) -> bool:
    """Whether a query parameter is none of the method's."""
    return name.removeprefix("$").removeprefix(".") in _SYSTEM


def _object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidArgument(f"{_INVALID} {error}") from None
    if not isinstance(value, dict):
        raise InvalidArgument(f"{_INVALID} An object was expected.")
    return value


def _merge(target: Any, fields: dict[str, Any]) -> None:
    try:
        json_format.ParseDict(fields, target, descriptor_pool=POOL)
    except (json_format.ParseError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        # All but the first are slips of json_format in front of values that it did not expect.
        raise InvalidArgument(f"{_INVALID} {error}") from None


def _set(target: Any, path: str, value: str) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        target = getattr(target, parent)
    try:
        setattr(target, name, value)
    except ValueError as error:  # no valid text
        raise InvalidArgument(f"The path has an invalid {path}: {error}") from None


def _nested(descriptor: Any, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in query:
        if not system_parameter(name):
            _add(root, descriptor, name, value)
    return root


def _add(fields: dict[str, Any], descriptor: Any, name: str, value: str) -> None:
    """Put one parameter, `a.b.c=value`, into the nested fields."""
    first, _, rest = name.partition(".")
    field = descriptor.fields_by_name.get(first) or descriptor.fields_by_camelcase_name.get(first)
    if field is None:
        raise InvalidArgument(f'{_INVALID} Unknown name "{name}": Cannot bind query parameter.')
    if field.is_repeated and not (field.message_type and field.message_type.GetOptions().map_entry):
        fields.setdefault(field.name, []).append(_scalar(field, value))
    elif not rest:
        fields[field.name] = _scalar(field, value)
    elif field.message_type is None:
        raise InvalidArgument(f'{_INVALID} Unknown name "{name}": {first} has no fields.')
    elif field.is_repeated:
        fields.setdefault(field.name, {})[rest] = value
    else:
        _add(fields.setdefault(field.name, {}), field.message_type, rest, value)


def _scalar(field: Any, value: str) -> Any:
    if field.type == field.TYPE_BOOL:
        return {"true": True, "false": False}.get(value.lower(), value)
    return value
