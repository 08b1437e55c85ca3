"""From a response message, or a refusal, to JSON as Google's services write it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf import json_format

from emulator.errors import Refusal
from emulator.web import Reply, json_reply
from emulator.wire import rpc
from emulator.wire.classes import POOL

# {code: (its number, the HTTP status)}
CODES = {
    "CANCELLED": (1, 499),
    "UNKNOWN": (2, 500),
    "INVALID_ARGUMENT": (3, 400),
    "DEADLINE_EXCEEDED": (4, 504),
    "NOT_FOUND": (5, 404),
    "ALREADY_EXISTS": (6, 409),
    "PERMISSION_DENIED": (7, 403),
    "RESOURCE_EXHAUSTED": (8, 429),
    "FAILED_PRECONDITION": (9, 400),
    "ABORTED": (10, 409),
    "OUT_OF_RANGE": (11, 400),
    "UNIMPLEMENTED": (12, 501),
    "INTERNAL": (13, 500),
    "UNAVAILABLE": (14, 503),
    "DATA_LOSS": (15, 500),
    "UNAUTHENTICATED": (16, 401),
}


def success(response: Any, query: Iterable[tuple[str, str]]) -> Reply:
    """The response; fields at their default are left out."""
    wanted = dict(query)
    # The generated clients ask for it: a name that they do not know would be lost on them.
    numbers = "enum-encoding=int" in wanted.get("$alt", "")
    value = json_format.MessageToDict(response, use_integers_for_enums=numbers, descriptor_pool=POOL)
    return json_reply(value, indent=None if wanted.get("prettyPrint") == "false" else 2)


def failure(refusal: Refusal) -> Reply:
    """The refusal, with the status that its code has in HTTP."""
    number, status = CODES[refusal.code]
    error: dict[str, Any] = {"code": status, "message": str(refusal), "status": refusal.code}
    if refusal.reason:
        details = json_format.MessageToDict(rpc.status(number, refusal), descriptor_pool=POOL)["details"]
        error["details"] = details
    return json_reply({"error": error}, status=status)
