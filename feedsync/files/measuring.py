"""Size and SHA-256 of files in a storage: names in, `Known` out; what was measured before and has the same size and
time is not read again.

For relay and export only, never on the path of a request. Reads in pieces and keeps what it learnt after each large
file, so that whoever is interrupted goes on from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import IO, Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import Storage

from feedsync.errors import TransientError
from feedsync.files import known
from feedsync.files.fields import FileColumn
from feedsync.files.known import Known

PIECE_BYTES = 1024 * 1024
KEEP_BYTES = 64 * 1024 * 1024  # after so many bytes hashed, what is known is committed
READINGS = 3
MAX_NAME = 1000  # characters, as wide as the column
MISSING = "It is not in the storage."
UNREADABLE = (PermissionError, IsADirectoryError, NotADirectoryError, SuspiciousOperation, ValueError)


class Problem(Exception):
    """A file can't be sent, and will not be tomorrow; the message says why."""


@dataclass(frozen=True, slots=True)
class Stat:
    """What a storage says without reading; `modified` is empty where it doesn't know."""

    size: int
    modified: str


def measured(column: FileColumn, using: str, names: Iterable[str]) -> dict[str, Known]:
    """{local name: content, or problem}; raises TransientError where the storage can't be asked now."""
    steps = measure(column, using, names)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: dict[str, Known] = end.value
            return found


def measure(column: FileColumn, using: str, names: Iterable[str]) -> Generator[None, None, dict[str, Known]]:
    """The same, a piece at a time, for who has to do something else in between."""
    before = known.by_names(using, column.place, names)
    found: dict[str, Known] = {}
    fresh: list[Known] = []
    hashed = 0
    for name in sorted(names):
        item = yield from _one(column, name, before.get(name))
        found[name] = item
        if item != before.get(name) and len(name) <= MAX_NAME:
            fresh.append(item)
            hashed += item.size
        if hashed >= KEEP_BYTES:
            known.put(using, fresh)
            fresh, hashed = [], 0
    known.put(using, fresh)
    return found


def _one(column: FileColumn, name: str, before: Known | None) -> Generator[None, None, Known]:
    blank = before or Known(place=column.place, name=name, wire_name=name)
    try:
        if len(name) > MAX_NAME:
            raise Problem(f"Its name is longer than {MAX_NAME:,} characters.")
        stat = stat_of(column.storage, name)
        yield
        if before is not None and still(before, stat):
            return before
        return (yield from _hashed(column.storage, blank, stat))
    except Problem as problem:
        return replace(blank, problem=str(problem))


def still(item: Known, stat: Stat) -> bool:
    """Whether the file is the one that was measured."""
    return not item.problem and item.sha256 != "" and (item.size, item.modified) == (stat.size, stat.modified)


def _hashed(storage: Storage, item: Known, stat: Stat) -> Generator[None, None, Known]:
    """Again, where somebody wrote meanwhile."""
    for _ in range(READINGS):
        digest, size = hashlib.sha256(), 0
        for piece in pieces(storage, item.name):
            digest.update(piece)
            size += len(piece)
            yield
        after = stat_of(storage, item.name)
        if after == stat and size == stat.size:
            sha256 = digest.hexdigest()
            return replace(item, size=size, modified=stat.modified, sha256=sha256, problem="")
        stat = after
    raise TransientError(f"{item.place}: the file {item.name} changed all the time while it was read.")


def stat_of(storage: Storage, name: str) -> Stat:
    """Raises Problem, or TransientError."""
    try:
        return Stat(storage.size(name), _modified(storage, name))
    except Exception as error:
        raise _meaning(storage, name, error) from error


def pieces(storage: Storage, name: str) -> Iterator[bytes]:
    """Its bytes, a MiB at a time; raises Problem, or TransientError."""
    try:
        with storage.open(name, "rb") as file:
            yield from pieces_of(file)
    except Exception as error:
        raise _meaning(storage, name, error) from error


def pieces_of(file: IO[Any] | Any) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _modified(storage: Storage, name: str) -> str:
    try:
        return storage.get_modified_time(name).isoformat()
    except NotImplementedError:
        return ""


def _meaning(storage: Storage, name: str, error: Exception) -> Exception:
    """Storages have errors of their own for a missing file: they are asked once more whether it is there."""
    if isinstance(error, Problem | TransientError):
        return error
    if isinstance(error, FileNotFoundError):
        return Problem(MISSING)
    if isinstance(error, UNREADABLE):
        return Problem(f"It can't be read ({type(error).__name__}).")
    try:
        if not storage.exists(name):
            return Problem(MISSING)
    except Exception:  # noqa: BLE001 - then the storage as a whole is away
        return _away(name, error)
    return _away(name, error)


def _away(name: str, error: Exception) -> TransientError:
    return TransientError(f"The storage of {name} can't be read now: {type(error).__name__}: {error}")
