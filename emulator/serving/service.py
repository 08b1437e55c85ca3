"""A service: an interface and what answers its calls.

The answer to method `CreateTopic` is the attribute `create_topic` of one of the answering objects: a function of the
request or, where it takes its time, a coroutine function of the request and the call. A method that streams gets an
iterator of requests and writes to the call. What nobody answers is UNIMPLEMENTED.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from emulator.errors import Unimplemented
from emulator.wire.call import Call
from emulator.wire.interfaces import Interface, Method

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A method with what answers it."""

    method: Method
    handle: Callable[..., Any]
    waits: bool  # a coroutine function of request and call


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An interface with an answer for each of its methods."""

    name: str
    answers: dict[str, Answer]  # {method: its answer}


def service(interface: Interface, *answering: object) -> Service:
    """The service whose methods are attributes of the answering objects."""
    answers = {name: _answer(method, answering) for name, method in interface.methods.items()}
    return Service(name=interface.name, answers=answers)


def _answer(method: Method, answering: Iterable[object]) -> Answer:
    attribute = _HUMP.sub("_", method.name).lower()
    for each in answering:
        handle = getattr(each, attribute, None)
        if handle is not None:
            return Answer(method=method, handle=handle, waits=inspect.iscoroutinefunction(handle))

    async def refuse(request: Any, call: Call) -> Any:
        raise Unimplemented(f"The emulator does not have {method.name} yet.")

    return Answer(method=method, handle=refuse, waits=True)
