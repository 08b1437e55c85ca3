"""One file from a source: what it must be in, exactly those bytes in a local file out, or an error.

A transfer that is cut goes on where it stopped. Promised: never more than the announced size is kept, and a stream that
trickles is given up, whatever the source does.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import IO, Protocol

import tenacity

from consumers.files.wanted import Wanted
from feedsync.conf import settings
from feedsync.errors import SourceAnswer, SourceUnavailable, TransientError

ATTEMPTS = 3
MAX_WAIT_SECONDS = 15.0
GRACE_SECONDS = 60.0
LEAST_BYTES_A_SECOND = 16 * 1024
Clock = Callable[[], float]


class TooLarge(SourceAnswer):
    """The file is larger than MAX_FILE_BYTES."""


class WrongContent(SourceAnswer):
    """The source sent another content than it announced."""


class Stopped(Exception):
    """Nobody waits for the file any more."""


class Body(Protocol):
    """The bytes from `start` on, where the source can go on there; else from 0."""

    start: int

    def read(self) -> bytes: ...  # a piece; empty at the end


class FileSource(Protocol):
    """Where a file comes from: a source over HTTP, or another environment of the same process in tests."""

    def open_file(self, wanted: Wanted, *, offset: int) -> AbstractContextManager[Body]: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Download:
    """`file` is empty, and holds the content afterwards."""

    wanted: Wanted
    file: IO[bytes]
    sleep: Callable[[float], None] = time.sleep
    monotonic: Clock = time.monotonic
    stopped: Callable[[], bool] = lambda: False
    received: int = 0  # bytes over all attempts
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    _offset: int = 0
    _resumed: bool = False
    _failures: int = 0
    _before: int = 0

    def run(self, source: FileSource) -> None:
        """Raises TransientError or PermanentError; then nothing of it may be used."""
        limit = settings().max_file_bytes
        if self.wanted.size > limit:
            raise TooLarge(f"{self.wanted.wire_name} has {self.wanted.size:,} bytes: raise FEEDSYNC['MAX_FILE_BYTES'].")
        try:
            self._attempts(source)
        except WrongContent:
            if not self._resumed:
                raise
            self._restart()
            self._attempts(source)

    def _attempts(self, source: FileSource) -> None:
        tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            stop=self._in_vain,
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=MAX_WAIT_SECONDS),
            sleep=self.sleep,
            reraise=True,
        )(self._attempt, source)

    def _in_vain(self, state: tenacity.RetryCallState) -> bool:
        """Progress earns new attempts."""
        self._failures = self._failures + 1 if self.received == self._before else 1
        self._before = self.received
        return self._failures >= ATTEMPTS or self.stopped()

    def _attempt(self, source: FileSource) -> None:
        if self._offset < self.wanted.size:
            with source.open_file(self.wanted, offset=self._offset) as body:
                if body.start != self._offset:
                    self._restart()
                self._resumed = self._offset > 0
                self._receive(body)
        if self._offset < self.wanted.size:
            raise SourceUnavailable(
                f"{self.wanted.wire_name}: cut after {self._offset:,} of {self.wanted.size:,} bytes."
            )
        if self._digest.hexdigest() != self.wanted.sha256:
            raise WrongContent(f"{self.wanted.wire_name}: the source sent another content than it announced: refused.")

    def _receive(self, body: Body) -> None:
        begun, count = self.monotonic(), 0
        while piece := body.read():
            count += len(piece)
            if self.stopped():
                raise Stopped
            if self._offset + len(piece) > self.wanted.size:
                raise WrongContent(f"{self.wanted.wire_name}: the source sends more than the announced bytes: refused.")
            self.file.write(piece)
            self._digest.update(piece)
            self._offset += len(piece)
            self.received += len(piece)
            if self.monotonic() - begun > GRACE_SECONDS + count / LEAST_BYTES_A_SECOND:
                raise SourceAnswer(f"{self.wanted.wire_name}: the source sends too slowly: given up.")

    def _restart(self) -> None:
        self.file.seek(0)
        self.file.truncate()
        self._digest, self._offset = hashlib.sha256(), 0
