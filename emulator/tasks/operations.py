"""Long-running operations: here they are over when they are answered, and some of the last can be asked for again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from emulator.clock import Clock
from emulator.errors import NotFound, Refusal
from emulator.wire import rpc
from emulator.wire.operations import MESSAGES

_REMEMBERED = 1000
_ABORTED = 10
_CODES = {"INVALID_ARGUMENT": 3, "NOT_FOUND": 5, "ALREADY_EXISTS": 6, "FAILED_PRECONDITION": 9}
_UNKNOWN = 2


class Operations:
    """Answers for the operations of all queues."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._done: dict[str, Any] = {}  # {name: operation}, oldest first

    def get_operation(self, request: Any) -> Any:
        """Show an operation."""
        found = self._done.get(request.name)
        if found is None:
            raise NotFound(f"Operation {request.name} does not exist.")
        return found

    def run(
        self, name: str, metadata: Any, *, steps: Iterable[Callable[[], Any]], respond: Callable[[list[Any]], Any]
    ) -> Any:
        """Do the steps of a batch. Those that are refused are told in the metadata, the rest is the response."""
        if name in self._done:  # sent again by a client that had no answer
            return self._done[name]
        metadata.start_time.FromMicroseconds(int(self._clock() * 1e6))
        results = []
        for number, step in enumerate(steps):
            try:
                results.append(step())
            except Refusal as refusal:
                failed = rpc.status(_CODES.get(refusal.code, _UNKNOWN), refusal)
                metadata.failed_requests[number].CopyFrom(failed)
        metadata.end_time.FromMicroseconds(int(self._clock() * 1e6))
        operation = MESSAGES["Operation"](name=name, done=True)
        _settle(operation, metadata, results, respond)
        self._remember(operation)
        return operation

    def _remember(self, operation: Any) -> None:
        self._done[operation.name] = operation
        if len(self._done) > _REMEMBERED:
            del self._done[next(iter(self._done))]


def name_of(queue: str, request_id: str) -> str:
    """The name of an operation on a queue, whose id the client may give."""
    location = queue.rpartition("/queues/")[0]
    return f"{location}/operations/{request_id or uuid.uuid4()}"


def _settle(operation: Any, metadata: Any, results: list[Any], respond: Callable[[list[Any]], Any]) -> None:
    states = metadata.DESCRIPTOR.enum_types_by_name["State"].values_by_name
    state = "PARTIALLY_SUCCEEDED" if metadata.failed_requests else "SUCCEEDED"
    metadata.state = states[state].number
    operation.metadata.Pack(metadata)
    if results or not metadata.failed_requests:
        operation.response.Pack(respond(results))
    else:
        operation.error.code = _ABORTED
        operation.error.message = (
            f"None of the requests succeeded, refer to {metadata.DESCRIPTOR.name}.failed_requests for individual error"
            " details"
        )
