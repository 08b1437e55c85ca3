"""What a schema's definition becomes: a type that messages fit or don't."""

from __future__ import annotations

from typing import Protocol

LONGEST_REASON = 400


class Misfit(Exception):
    """A message does not fit; the text says where and why."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path

    def inside(self, step: str) -> Misfit:
        """The same, seen from one level further out."""
        self.path = f"{step}.{self.path}" if self.path else step
        return self

    def __str__(self) -> str:
        text = f"{self.path}: {self.reason}" if self.path else self.reason
        return shortened(text)


class Type(Protocol):
    """A definition that made sense."""

    def check_json(self, data: bytes) -> None:
        """Raise Misfit unless the data is a message of the type in its JSON encoding."""

    def check_binary(self, data: bytes) -> None:
        """Raise Misfit unless the data is a message of the type in its binary encoding."""

    def conflict(self, older: Type) -> str | None:
        """Why the two may not be revisions of one schema, or None; both are of the same kind."""


def shortened(text: str) -> str:
    """A text that may hold the client's input, fit for an error message."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"
