"""From a request to a response or a Refusal, whatever protocol the call came by.

The one place where the faults of calls strike and where an error of the emulator's own becomes INTERNAL.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from emulator.call_faults import CallFaults
from emulator.errors import Internal, Refusal
from emulator.serving.service import Answer
from emulator.wire.call import Call

_log = logging.getLogger("emulator")


class Planned(Refusal):
    """A test asked for this failure."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method} fails because a test asked for it.")
        self.code = code


async def answered(answer: Answer, faults: CallFaults, request: Any, call: Call) -> Any:
    """The response to the request; None if it was streamed."""
    method = answer.method
    late = faults.lateness(method.name)
    if late:
        await asyncio.sleep(late)
    _fail_if_planned(faults, method.name, after=False)
    if method.streams:
        return await _streamed(answer, faults, request, call)
    lost = method.name == "Acknowledge" and _lose_acks(request, faults)
    response = method.response() if lost else await _handled(answer, request, call)
    _fail_if_planned(faults, method.name, after=True)
    return response


async def _streamed(answer: Answer, faults: CallFaults, requests: AsyncIterator[Any], call: Call) -> None:
    try:
        async with asyncio.timeout(faults.stream_life()) as life:
            await _handled(answer, _arriving(requests, faults), call)
    except TimeoutError:
        if not life.expired():
            raise
        raise Planned(answer.method.name, "UNAVAILABLE") from None


async def _arriving(requests: AsyncIterator[Any], faults: CallFaults) -> AsyncIterator[Any]:
    async for request in requests:
        _lose_acks(request, faults)
        yield request


def _lose_acks(request: Any, faults: CallFaults) -> bool:
    """Whether the request had acknowledgements, and has none any more."""
    if not faults.loses_acks or not request.ack_ids:
        return False
    request.ack_ids[:] = faults.kept_acks(request.ack_ids)
    return not request.ack_ids


async def _handled(answer: Answer, request: Any, call: Call) -> Any:
    try:
        return await answer.handle(request, call) if answer.waits else answer.handle(request)
    except Refusal:
        raise
    except Exception as error:  # the process goes on
        name = answer.method.name
        _log.exception("a call failed", extra={"method": name})
        raise Internal(f"{name} failed inside the emulator: {error!r}") from error


def _fail_if_planned(faults: CallFaults, method: str, *, after: bool) -> None:
    code = faults.failing(method, after=after)
    if code is not None:
        raise Planned(method, code.name)
