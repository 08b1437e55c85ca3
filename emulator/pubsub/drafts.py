"""Messages as publishers send them, and the limits that they must keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.errors import InvalidArgument

MAX_REQUEST_BYTES = 10_000_000
_MAX_MESSAGES = 1000
_MAX_ORDERING_KEY_BYTES = 1024
_MAX_ATTRIBUTES = 100
_MAX_KEY_BYTES = 256
_MAX_VALUE_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message as the publisher sent it."""

    data: bytes = b""
    attributes: Mapping[str, str] = field(default_factory=dict)
    ordering_key: str = ""
    stopped: bool = False  # a transform took it out: the publisher is told an id, and nobody gets it


def check_drafts(drafts: list[Draft]) -> None:
    """Refuse a request of which one message is outside the limits."""
    if not drafts:
        raise InvalidArgument("A publish request needs at least one message.")
    if len(drafts) > _MAX_MESSAGES:
        raise InvalidArgument(f"A publish request may carry {_MAX_MESSAGES} messages, not {len(drafts)}.")
    for draft in drafts:
        if not draft.data and not draft.attributes:
            raise InvalidArgument("A message needs data or at least one attribute.")
        if len(draft.ordering_key.encode()) > _MAX_ORDERING_KEY_BYTES:
            raise InvalidArgument(f"An ordering key may have {_MAX_ORDERING_KEY_BYTES} bytes.")
        if draft.attributes:
            _check_attributes(draft.attributes)


def _check_attributes(attributes: Mapping[str, str]) -> None:
    if len(attributes) > _MAX_ATTRIBUTES:
        raise InvalidArgument(f"A message may have {_MAX_ATTRIBUTES} attributes, not {len(attributes)}.")
    for key, value in attributes.items():
        if not key or len(key.encode()) > _MAX_KEY_BYTES or key.startswith("goog"):
            raise InvalidArgument(f"Invalid attribute {key!r}: 1 to {_MAX_KEY_BYTES} bytes, not starting with goog.")
        if len(value.encode()) > _MAX_VALUE_BYTES:
            raise InvalidArgument(f"The value of attribute {key!r} has more than {_MAX_VALUE_BYTES} bytes.")
