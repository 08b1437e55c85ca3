"""Dying on purpose: hooks for a relay's steps, and the exception that nothing catches on its way out."""

from __future__ import annotations

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
