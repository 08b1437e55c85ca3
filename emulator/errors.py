"""What the emulator refuses, before it becomes a gRPC status.

Refusal
├── InvalidArgument     the request can never succeed
├── NotFound            the resource does not exist
├── AlreadyExists       the name is taken
├── FailedPrecondition  the resource is in a state that forbids it
├── Aborted             somebody else was first; read again, then try again
├── ResourceExhausted   a limit is reached
├── Unavailable         try again
├── Unimplemented       the cloud has it, the emulator does not
└── Internal            the emulator has a bug
"""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """The emulator refuses the request. A reason with metadata travels as google.rpc.ErrorInfo, which clients read."""

    code = "UNKNOWN"
    domain = "pubsub.googleapis.com"

    def __init__(self, message: str, *, reason: str = "", metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.metadata = metadata or {}


class InvalidArgument(Refusal):
    """The request can never succeed."""

    code = "INVALID_ARGUMENT"


class NotFound(Refusal):
    """The resource does not exist."""

    code = "NOT_FOUND"


class AlreadyExists(Refusal):
    """The name is taken."""

    code = "ALREADY_EXISTS"


class FailedPrecondition(Refusal):
    """The resource is in a state that forbids it."""

    code = "FAILED_PRECONDITION"


class Aborted(Refusal):
    """Somebody else was first; read again, then try again."""

    code = "ABORTED"


class ResourceExhausted(Refusal):
    """A limit is reached."""

    code = "RESOURCE_EXHAUSTED"


class Unavailable(Refusal):
    """Try again."""

    code = "UNAVAILABLE"


class Unimplemented(Refusal):
    """The cloud has it, the emulator does not."""

    code = "UNIMPLEMENTED"


class Internal(Refusal):
    """The emulator has a bug."""

    code = "INTERNAL"


class UnusableDirectory(Exception):
    """The data directory cannot be used. The message says which and why; not for clients."""
