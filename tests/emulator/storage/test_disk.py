"""The journal on disk, beside a dictionary that says what it should keep."""

from __future__ import annotations

import asyncio
import random
import resource
import sqlite3
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.errors import Unavailable, UnusableDirectory
from emulator.storage.disk import Disk

OWNERS = ("a", "b", "c")


@dataclass(frozen=True)
class Kept:
    """A message as the journal wants it."""

    number: int

    @property
    def wire(self) -> bytes:
        """What it says."""
        return f"message {self.number}".encode()


def used(directory: Path, work: Callable[[Disk], Coroutine[Any, Any, None]]) -> None:
    """Open the directory, work with it, close it."""

    async def use() -> None:
        disk = Disk(directory)
        disk.start()
        try:
            await work(disk)
        finally:
            await disk.close()

    asyncio.run(use())


def found(directory: Path) -> dict[tuple[int, str], int]:
    """What is kept: {(number, owner): attempts}; the bodies are right and none is superfluous."""
    kept: dict[tuple[int, str], int] = {}

    async def read(disk: Disk) -> None:
        for number, owner, attempts, body in disk.messages():
            assert body == Kept(number).wire
            kept[number, owner] = attempts

    used(directory, read)
    with sqlite3.connect(directory / "emulator.sqlite3") as connection:
        bodies = {number for (number,) in connection.execute("SELECT number FROM messages")}
    connection.close()
    assert bodies == {number for number, _ in kept}
    return kept


class History:
    """Random steps, each taken by a journal and by a dictionary."""

    def __init__(self, seed: int) -> None:
        self.expected: dict[tuple[int, str], int] = {}  # {(number, owner): attempts}
        self._chance = random.Random(seed)
        self._steps = (self.keep, self.keep, self.release, self.count, self.forget, self.settle)

    async def work(self, disk: Disk) -> None:
        """Take sixty steps."""
        for _ in range(60):
            numbers = self._chance.sample(range(40), self._chance.randint(1, 12))
            await self._chance.choice(self._steps)(disk, self._chance.choice(OWNERS), numbers)

    async def keep(self, disk: Disk, owner: str, numbers: list[int]) -> None:
        """The owner needs these."""
        disk.keep(owner, [Kept(number) for number in numbers])
        self.expected.update({(number, owner): 0 for number in numbers})

    async def release(self, disk: Disk, owner: str, numbers: list[int]) -> None:
        """The owner needs these no more."""
        disk.release(owner, numbers)
        for number in numbers:
            self.expected.pop((number, owner), None)

    async def count(self, disk: Disk, owner: str, numbers: list[int]) -> None:
        """One of them was delivered in vain."""
        if (numbers[0], owner) in self.expected:
            disk.count(owner, numbers[0], len(numbers))
            self.expected[numbers[0], owner] = len(numbers)

    async def forget(self, disk: Disk, owner: str, numbers: list[int]) -> None:
        """The owner needs nothing."""
        disk.forget(owner)
        self.expected = {key: attempts for key, attempts in self.expected.items() if key[1] != owner}

    async def settle(self, disk: Disk, owner: str, numbers: list[int]) -> None:
        """A commit ends here."""
        await disk.settled()


@pytest.mark.parametrize("seed", range(20))
def test_what_is_kept_is_what_was_said_last(tmp_path: Path, seed: int) -> None:
    """Any history of keeping, counting, releasing and forgetting, in any division into commits, ends as it should."""
    history = History(seed)
    used(tmp_path, history.work)
    assert found(tmp_path) == history.expected


def test_a_resource_is_asked_for_when_it_is_written(tmp_path: Path) -> None:
    """Many changes of one are written once, as it is last; one that is gone is deleted."""
    state = {"one": b"1", "two": b"2"}
    asked: list[str] = []

    def record(name: str) -> bytes | None:
        asked.append(name)
        return state.get(name)

    async def work(disk: Disk) -> None:
        disk.records("things", record)
        for _ in range(5):
            disk.changed("things", "one")
        disk.changed("things", "two")
        await disk.settled()
        assert disk.resources("things") == [("one", b"1"), ("two", b"2")]
        del state["two"]
        disk.changed("things", "two")
        await disk.settled()
        assert disk.resources("things") == [("one", b"1")]

    used(tmp_path, work)
    assert asked == ["one", "two", "two"]


def test_numbers_only_grow(tmp_path: Path) -> None:
    """The highest number is known after its message is gone."""

    async def first(disk: Disk) -> None:
        disk.keep("a", [Kept(7)])
        await disk.settled()
        disk.release("a", [7])

    async def second(disk: Disk) -> None:
        assert disk.highest == 7
        assert list(disk.messages()) == []

    used(tmp_path, first)
    used(tmp_path, second)


def test_a_directory_in_use_is_refused(tmp_path: Path) -> None:
    """Two emulators never write to one directory."""

    async def work(disk: Disk) -> None:
        with pytest.raises(UnusableDirectory, match="in use by another emulator"):
            Disk(tmp_path)

    used(tmp_path, work)


@pytest.mark.parametrize("content", [b"not a database" * 100, b""])
def test_a_file_of_others_is_refused(tmp_path: Path, content: bytes) -> None:
    """What is no database, or somebody else's, is left as it is, and named."""
    path = tmp_path / "emulator.sqlite3"
    path.write_bytes(content)
    if not content:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE theirs (x)")
        connection.close()
    before = path.read_bytes()
    with pytest.raises(UnusableDirectory, match=str(tmp_path)):
        Disk(tmp_path)
    assert path.read_bytes() == before or not content


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """A page that is overwritten shows when the state is read."""

    async def fill(disk: Disk) -> None:
        disk.keep("a", [Kept(number) for number in range(2_000)])

    used(tmp_path, fill)
    path = tmp_path / "emulator.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096 * 6 :] = b"\xff" * (len(content) - 4096 * 6)
    path.write_bytes(content)
    with pytest.raises(UnusableDirectory, match="damaged"):
        found(tmp_path)


def test_a_file_as_directory_is_refused(tmp_path: Path) -> None:
    """The name of a file instead of a directory is an error that names it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableDirectory, match="file"):
        Disk(tmp_path / "file")


def test_nothing_is_confirmed_that_could_not_be_written(tmp_path: Path) -> None:
    """On a full disk calls fail; when there is room again, everything is written."""

    async def work(disk: Disk) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        await disk.settled()
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        try:
            disk.keep("a", [Kept(number) for number in range(1_000)])
            with pytest.raises(Unavailable, match="nothing is confirmed"):
                await disk.settled()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        disk.keep("a", [Kept(1_000)])
        await disk.settled()

    used(tmp_path, work)
    assert len(found(tmp_path)) == 1_001
