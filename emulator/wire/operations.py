"""google.longrunning.Operations, as Cloud Tasks has it for its batches: messages, and the one method."""

from __future__ import annotations

from emulator.wire import rpc
from emulator.wire.classes import build
from emulator.wire.interfaces import interface

assert rpc.MESSAGES  # google.rpc.Status is named below

TABLE = """
message Operation
    name:1:string metadata:2:Any done:3:bool error:4:google.rpc.Status:result response:5:Any:result
message GetOperationRequest
    name:1:string
"""

MESSAGES = build("google.longrunning", TABLE)

OPERATIONS = interface(
    "google.longrunning.Operations",
    """
GetOperation GetOperationRequest -> Operation
    GET /v2/{name=projects/*/locations/*/operations/*}
    GET /v2beta3/{name=projects/*/locations/*/operations/*}
""",
    MESSAGES,
)
