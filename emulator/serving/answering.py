"""From a request to a response or a Refusal, whatever protocol the call came by.

The one place where planned faults strike and where an error of the emulator's own becomes INTERNAL.
"""

from __future__ import annotations

import logging
from typing import Any

from emulator.errors import Internal, Refusal
from emulator.faults import Faults
from emulator.serving.service import Answer, Call

_log = logging.getLogger("emulator")


async def answered(answer: Answer, faults: Faults, request: Any, call: Call) -> Any:
    """The response to the request; None if it was streamed."""
    name = answer.method.name
    _fail_if_planned(faults, name, after=False)
    try:
        response = await answer.handle(request, call) if answer.waits else answer.handle(request)
    except Refusal:
        raise
    except Exception as error:  # the process goes on
        _log.exception("a call failed", extra={"method": name})
        raise Internal(f"{name} failed inside the emulator: {error!r}") from error
    _fail_if_planned(faults, name, after=True)
    return response


def _fail_if_planned(faults: Faults, method: str, *, after: bool) -> None:
    code = faults.failing(method, after=after)
    if code is not None:
        raise Planned(method, code.name)


class Planned(Refusal):
    """A test asked for this failure."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method} fails because a test asked for it.")
        self.code = code
