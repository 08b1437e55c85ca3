"""How the service refuses a message: with a reason that clients read beside the text."""

from __future__ import annotations

from emulator.errors import InvalidArgument
from emulator.schemas.avro import AvroType
from emulator.schemas.definitions import Encoding
from emulator.schemas.types import Type


def misfit_refusal(what: str, found: Type | None, encoding: Encoding, detail: str) -> InvalidArgument:
    """The refusal of a message that does not fit the type; the reason names encoding and kind."""
    kind = "AVRO" if found is None or isinstance(found, AvroType) else "PROTO"
    return InvalidArgument(
        f"{what}: Message failed schema validation. {detail}",
        reason=f"INVALID_{encoding.name}_{kind}_MESSAGE",
        metadata={"message": "Message failed schema validation", "revisionInfo": detail},
    )
