"""The journal on disk: changes are gathered while the commit before is under way, and written in the next.

So many calls share a commit, and the loop never waits: a thread writes. What a commit could not write (on a full disk,
say) goes with the next one; until then the calls that rely on it fail.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from emulator.errors import Unavailable, UnusableDirectory
from emulator.journal import KeptMessage, Record
from emulator.storage.batch import Batch
from emulator.storage.database import explained, open_database

_AGAIN_SECONDS = 1.0
_LOAD = "SELECT number, owner, attempts, body FROM kept JOIN messages USING (number) ORDER BY number"

_log = logging.getLogger("emulator")


class Disk:
    """A journal in a directory, which nobody else can use meanwhile."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.position = 0
        self._connection = open_database(directory)
        self._records: dict[str, Record] = {}
        self._changed: dict[tuple[str, str], None] = {}  # (kind, name) of resources that are asked for when written
        self._batch = Batch()
        self._unwritten: list[Batch] = []
        # Each is done with its commit, and says what went wrong.
        self._next: asyncio.Future[UnusableDirectory | None] | None = None  # of what is gathered now
        self._current: asyncio.Future[UnusableDirectory | None] | None = None  # of what is being written
        self._recording = False
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "emulator-disk")

    def resources(self, kind: str) -> list[tuple[str, bytes]]:
        """What was kept of the resources of a kind: names and bodies."""
        with explained(self.directory):
            query = "SELECT name, body FROM resources WHERE kind = ? ORDER BY name"
            return self._connection.execute(query, [kind]).fetchall()

    def messages(self) -> Iterator[tuple[int, str, int, bytes]]:
        """Number, owner, attempts and body of what is kept, by number."""
        with explained(self.directory):
            yield from self._connection.execute(_LOAD)

    @property
    def highest(self) -> int:
        """The highest number that was ever kept."""
        with explained(self.directory):
            (number,) = self._connection.execute("SELECT number FROM highest").fetchone()
            return int(number)

    def start(self) -> None:
        """Keep from now on; what happened up to now is kept already."""
        self._recording = True

    def records(self, kind: str, record: Record) -> None:
        """Ask this function for resources of the kind."""
        self._records[kind] = record

    def changed(self, kind: str, name: str) -> None:
        """A resource is new, different, or gone."""
        if self._recording:
            self._changed[kind, name] = None
            self.position += 1
            self._write_soon()

    def keep(self, owner: str, messages: Iterable[KeptMessage]) -> None:
        """The owner needs these messages."""
        if self._recording:
            self._batch.keep(owner, messages)
            self.position += 1
            self._write_soon()

    def count(self, owner: str, number: int, attempts: int) -> None:
        """A message of the owner was delivered in vain so many times."""
        if self._recording:
            self._batch.count(owner, number, attempts)
            self._write_soon()

    def release(self, owner: str, numbers: Iterable[int]) -> None:
        """The owner needs these messages no more."""
        if self._recording:
            self._batch.release(owner, numbers)
            self.position += 1
            self._write_soon()

    def forget(self, owner: str) -> None:
        """The owner needs nothing any more."""
        if self._recording:
            self._batch.forget(owner)
            self.position += 1
            self._write_soon()

    async def settled(self) -> None:
        """Return when everything up to now is kept. Unavailable if it can't be."""
        commit = self._next or self._current
        if commit is not None and (error := await asyncio.shield(commit)) is not None:
            raise Unavailable(f"Nothing can be kept now, so nothing is confirmed. {error}")

    async def close(self) -> None:
        """Keep what is left, and leave the directory to others."""
        try:
            await self.settled()
        finally:
            self._recording = False
            self._thread.shutdown()
            self._connection.close()

    def _write_soon(self) -> None:
        if self._next is None and self._recording:
            self._next = asyncio.get_running_loop().create_future()
            if self._writing is None:
                self._writing = asyncio.create_task(self._write_on())

    async def _write_on(self) -> None:
        loop = asyncio.get_running_loop()
        while self._next is not None:
            self._current, self._next = self._next, None
            self._unwritten.append(self._gathered())
            error = await loop.run_in_executor(self._thread, self._write)
            if error is not None:
                _log.error("nothing can be kept: %s", error)
                loop.call_later(_AGAIN_SECONDS, self._write_soon)
            self._current.set_result(error)
            self._current = None
        self._writing = None

    def _gathered(self) -> Batch:
        batch, self._batch = self._batch, Batch()
        for kind, name in self._changed:
            batch.resources[kind, name] = self._records[kind](name)
        self._changed.clear()
        return batch

    def _write(self) -> UnusableDirectory | None:
        try:
            with explained(self.directory):
                self._commit()
        except UnusableDirectory as error:
            return error
        self._unwritten.clear()
        return None

    def _commit(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for batch in self._unwritten:
                batch.write(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.rollback()
            raise
