"""A full pull without HTTP: the source's export, line by line, through the replica's apply.

It goes on a chunk at a time, so that a test can write, relay and deliver in between; it can be cut and resumed at the
cursor, as a pull whose connection broke.
"""

from __future__ import annotations

from collections.abc import Iterator

from consumers.apply import Mode, Outcome, apply
from consumers.pull import messages
from consumers.pull.messages import Chunk, Header, Message
from feedsync.conf import Reader
from feedsync.export import requests, stream
from feedsync.testing.crashing import Crash, crash
from feedsync.testing.environment import Environment

READER = Reader(name="world")
SECONDS_A_CHUNK = 1


class Pull:
    """`step` until it says that this was all."""

    def __init__(self, source: Environment, replica: Environment, *, chunk: int = 2) -> None:
        self.source = source
        self.replica = replica
        self.chunk = chunk
        self.outcome = Outcome()
        self.done = False
        self.clock = 0  # the source's, at the first line
        self._cursor = ""
        self._stream: Iterator[Message] | None = None

    def step(self, *, dying: bool = False) -> bool:
        """Take in one chunk; whether there may be more. `dying`: the replica's process dies before it commits."""
        chunk = self._next()
        if chunk is None:
            self.done = True
        elif not self._take(chunk, dying):
            self.cut()
        return not self.done

    def run(self) -> Outcome:
        while self.step():
            pass
        return self.outcome

    def cut(self) -> None:
        """The connection breaks; the next step resumes behind the last chunk that is in effect."""
        self._stream = None

    def _next(self) -> Chunk | None:
        with self.source.entered():
            if self._stream is None:
                self._stream = messages.read(self._lines())
            for item in self._stream:
                if isinstance(item, Header):
                    self.clock = self.clock or item.clock
                if isinstance(item, Chunk):
                    return item
        return None

    def _lines(self) -> Iterator[bytes]:
        parameters = {"chunk": str(self.chunk), "cursor": self._cursor}
        for block in stream.blocks(requests.parse(parameters, READER), now=self.source.now):
            yield from block.splitlines(keepends=True)

    def _take(self, chunk: Chunk, dying: bool) -> bool:
        with self.replica.entered() as alias:
            try:
                outcome = apply(
                    chunk.changes,
                    using=alias,
                    mode=Mode.PULL,
                    then=crash if dying else None,
                    now=self.replica.now,
                )
            except Crash:
                return False
        self.outcome.add(outcome)
        self._cursor = chunk.cursor
        return True
