"""What must outlive the process: the port that state writes to, and a journal that keeps nothing.

Resources are noted by kind and name when they change; what they look like is asked for when it is written, so that many
changes of one are written once. Messages are kept for owners (a subscription, a snapshot, a topic) until each lets go.
Used on the emulator's loop only; nothing here waits for a disk except `settled`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

Record = Callable[[str], bytes | None]  # what is to be kept of the resource of that name; None: it is gone


class KeptMessage(Protocol):
    """A message as a journal wants it."""

    @property
    def number(self) -> int:
        """Its place among all messages; never used again."""

    @property
    def wire(self) -> bytes:
        """The message, serialised."""


class Journal(Protocol):
    """Keeps what it is told."""

    position: int  # grows with everything that a client is told of only when it is kept

    def records(self, kind: str, record: Record) -> None:
        """Ask this function for resources of the kind."""

    def changed(self, kind: str, name: str) -> None:
        """A resource is new, different, or gone."""

    def keep(self, owner: str, messages: Iterable[KeptMessage]) -> None:
        """The owner needs these messages."""

    def count(self, owner: str, number: int, attempts: int) -> None:
        """A message of the owner was delivered in vain so many times."""

    def release(self, owner: str, numbers: Iterable[int]) -> None:
        """The owner needs these messages no more."""

    def forget(self, owner: str) -> None:
        """The owner needs nothing any more."""

    async def settled(self) -> None:
        """Return when everything up to now is kept. Unavailable if it can't be."""

    async def close(self) -> None:
        """Keep what is left, and let go of the place where it is."""


class Kept(Protocol):
    """What a process before has kept."""

    @property
    def highest(self) -> int:
        """The highest number of a message that was ever kept; 0 for none."""

    def resources(self, kind: str) -> Sequence[tuple[str, bytes]]:
        """Names and bodies of the resources of a kind."""

    def messages(self) -> Iterator[tuple[int, str, int, bytes]]:
        """Number, owner, attempts and body, by number; once for each owner."""


class Oblivion:
    """Keeps nothing: with the process, everything is gone."""

    position = 0

    def records(self, kind: str, record: Record) -> None:
        """Never asks."""

    def changed(self, kind: str, name: str) -> None:
        """Of no interest."""

    def keep(self, owner: str, messages: Iterable[KeptMessage]) -> None:
        """Of no interest."""

    def count(self, owner: str, number: int, attempts: int) -> None:
        """Of no interest."""

    def release(self, owner: str, numbers: Iterable[int]) -> None:
        """Of no interest."""

    def forget(self, owner: str) -> None:
        """Of no interest."""

    async def settled(self) -> None:
        """At once."""

    async def close(self) -> None:
        """There is nothing to close."""
