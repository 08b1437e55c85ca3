"""JavaScript functions over messages, run by QuickJS inside this process, with limits on time, memory and stack.

A function lives in a context of its own, which has the language and nothing else: no files, no network, no timers. When
a call fails, the context is thrown away, and nothing of the failure stays. A context stays on the thread that made it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from emulator.errors import FailedPrecondition, InvalidArgument
from emulator.transforms.steps import Content, TransformFailed

MAX_CODE_BYTES = 20 * 1024
SECONDS_A_CALL = 0.5
_MEMORY_BYTES = 128 * 1024 * 1024
_STACK_BYTES = 512 * 1024
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
# Made before the code is read, so that the code may call its own things JSON.
_BRIDGE = """
(() => { const { parse, stringify } = JSON; return (call) => (text) => stringify(call(...parse(text))) ?? "" })()
"""


class JavaScriptFunction:
    """A function (message, metadata) => message or null. A `Step`."""

    def __init__(self, name: str, code: str) -> None:
        self.name = name
        self._code = code
        self._call: Any = None

    def check(self) -> None:
        """Refuse code that is too long, that does not run, or that has no such function."""
        if len(self._code.encode()) > MAX_CODE_BYTES:
            raise InvalidArgument(f"The code of {self.name} may have {MAX_CODE_BYTES} bytes.")
        if _NAME.fullmatch(self.name) is None:
            raise InvalidArgument(f"{self.name!r} is no name of a JavaScript function.")
        try:
            self._call = self._compiled()
        except _library().JSException as error:
            raise InvalidArgument(f"The code of {self.name} does not run: {_line(error)}") from error

    def __call__(self, content: Content, metadata: Mapping[str, str]) -> Content | None:
        """The message as the function returns it, None for null."""
        try:
            message = {"data": content.data.decode(), "attributes": dict(content.attributes)}
        except UnicodeDecodeError as error:
            raise TransformFailed(f"{self.name} got data that is not UTF-8.") from error
        try:
            self._call = self._call or self._compiled()
            returned = self._call(json.dumps([message, metadata]))
        except (_library().JSException, _library().StackOverflow) as error:
            self._call = None
            raise TransformFailed(f"{self.name} failed: {_line(error)}") from error
        return self._read(json.loads(returned or '"nothing"'), content)

    def _compiled(self) -> Any:
        context = _library().Context()
        context.set_memory_limit(_MEMORY_BYTES)
        context.set_time_limit(SECONDS_A_CALL)
        context.set_max_stack_size(_STACK_BYTES)
        bridge = context.eval(_BRIDGE)
        context.eval(self._code)
        context.eval(f"if (typeof {self.name} !== 'function') throw TypeError('it has no function {self.name}')")
        return bridge(context.eval(self.name))

    def _read(self, returned: Any, content: Content) -> Content | None:
        if returned is None:
            return None
        if not isinstance(returned, dict) or not isinstance(returned.get("data"), str):
            raise TransformFailed(f"{self.name} must return null or an object with data, a string.")
        attributes = returned.get("attributes", content.attributes)
        if not isinstance(attributes, Mapping) or not all(isinstance(value, str) for value in attributes.values()):
            raise TransformFailed(f"{self.name} must return attributes that are strings.")
        try:
            return Content(data=returned["data"].encode(), attributes=attributes)
        except UnicodeEncodeError as error:
            raise TransformFailed(f"{self.name} returned data that is not Unicode.") from error


def _library() -> Any:
    try:
        import quickjs
    except ImportError as error:
        raise FailedPrecondition(
            "JavaScript transforms need the package quickjs-ng: pip install 'feedsync[emulator]'."
        ) from error
    return quickjs


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]
