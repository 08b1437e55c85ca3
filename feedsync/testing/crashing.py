"""Dying on purpose: hooks for a relay's steps, and the exception that nothing catches on its way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from feedsync.relay.batch import Hook, Step


class Crash(BaseException):
    """The process dies: no error handling of feedsync may see it."""


def crash_at(wanted: Step) -> Hook:
    """A hook that dies after a step."""

    def hook(step: Step) -> None:
        if step == wanted:
            raise Crash

    return hook


def crash() -> None:
    """Called inside a transaction, takes it back."""
    raise Crash


@contextmanager
def dying_before(alias: str, number: int) -> Iterator[None]:
    """Inside, the process dies before the nth statement on this connection, and then lives on as another one."""
    left = number

    def execute(run: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Crash
        return run(*arguments)

    with connections[alias].execute_wrapper(execute):
        yield
