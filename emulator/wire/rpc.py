"""google.rpc: the status of a call with details, as clients read it from the trailers of gRPC and from JSON errors."""

from __future__ import annotations

from typing import Any

from emulator.errors import Refusal
from emulator.wire.classes import build

TABLE = """
message Status
    code:1:int32 message:2:string details:3:*Any
message ErrorInfo
    reason:1:string domain:2:string metadata:3:map<string>
"""

MESSAGES = build("google.rpc", TABLE)


def status(code: int, refusal: Refusal) -> Any:
    """The refusal as a google.rpc.Status; with a reason it has an ErrorInfo."""
    found = MESSAGES["Status"](code=code, message=str(refusal))
    if refusal.reason:
        info = MESSAGES["ErrorInfo"](reason=refusal.reason, domain=refusal.domain, metadata=refusal.metadata)
        found.details.add().Pack(info)
    return found
