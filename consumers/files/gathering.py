"""Many files at once: what is wanted in, each stored and noted or with its error, out.

A bounded number of threads transfers; the caller's thread alone talks to the database, and is told now and again that
time passes. A file that two objects share is fetched once; one whose content lies here under another name is copied.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

from django.conf import settings as django_settings

from consumers.files import storing
from consumers.files.downloading import Body, Download, FileSource, Stopped
from consumers.files.wanted import FileName, Wanted, here
from feedsync.conf import settings
from feedsync.errors import FeedsyncError, SourceUnavailable, TransientError
from feedsync.files import known, measuring
from feedsync.files.known import Known
from feedsync.files.measuring import Problem

logger = logging.getLogger("feedsync.files")

BEAT_SECONDS = 2.0
VAIN_ATTEMPTS = 4
PUT_FILES = 200
QUEUED = 4  # futures for each thread
OpenSource = Callable[[], FileSource]  # called once in each thread
Beat = Callable[[], None]


@dataclass(slots=True)
class Gathered:
    """`failures`: {file: error}. `left`: what there was no time for. `fetched`: over the network; the other stored ones
    were copied or adopted."""

    stored: int = 0
    fetched: int = 0
    received: int = 0  # bytes
    failures: dict[FileName, Exception] = field(default_factory=dict)
    left: set[FileName] = field(default_factory=set)
    in_vain: int = 0  # transfers in a row that found nobody at the other end

    def add(self, other: Gathered) -> None:
        self.stored += other.stored
        self.fetched += other.fetched
        self.received += other.received
        self.failures |= other.failures
        self.left |= other.left


@dataclass(frozen=True, slots=True)
class _Done:
    item: Known
    received: int
    fetched: bool


def gather(using: str, wanted: Sequence[Wanted], open_source: OpenSource, *, beat: Beat = lambda: None) -> Gathered:
    """Everything that can be had; an error of one file stops no other, a source that is away stops all.

    `beat` may raise Stopped: then what isn't here yet is left.
    """
    # Two contents of one name at the same time could write over each other: the second is left for the next round.
    first = {(item.column.place, item.wire_name): item.sha256 for item in reversed(wanted)}
    unique = {item.file_name: item for item in wanted if first[item.column.place, item.wire_name] == item.sha256}
    twins = _twins(using, list(unique.values()))
    notes, sources = _Notes(using), _Sources(open_source)

    def work(item: Wanted) -> _Done:
        twin = twins.get((item.column.place, item.sha256))
        return bring(item, sources.mine(), twin, stopped=sources.stopping.is_set)

    pool = ThreadPoolExecutor(settings().file_workers, thread_name_prefix="feedsync-files")
    with closing(sources), pool, sources.stopped_with(pool), suppress(Stopped):
        for finished in _finished(pool, work, list(unique.values()), paced(beat)):
            notes.take(finished)
            if notes.gathered.in_vain >= VAIN_ATTEMPTS:
                break
    return notes.end({item.file_name for item in wanted})


def paced(beat: Beat) -> Beat:
    """At most every two seconds, however often it is called."""
    last = time.monotonic()

    def now_and_again() -> None:
        nonlocal last
        if time.monotonic() - last >= BEAT_SECONDS:
            last = time.monotonic()
            beat()

    return now_and_again


class _Sources:
    """A source is for one thread: each gets its own with its first file, and keeps its connection."""

    def __init__(self, open_source: OpenSource) -> None:
        self._open = open_source
        self._local = threading.local()
        self.stopping = threading.Event()
        self._all: list[FileSource] = []

    def mine(self) -> FileSource:
        source: FileSource | None = getattr(self._local, "source", None)
        if source is None:
            source = self._local.source = self._open()
            self._all.append(source)
        return source

    @contextmanager
    def stopped_with(self, pool: ThreadPoolExecutor) -> Iterator[None]:
        """Whatever is on its way when the block ends is given up."""
        try:
            yield
        finally:
            self.stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        for source in self._all:
            source.close()


def _finished(
    pool: ThreadPoolExecutor, work: Callable[[Wanted], _Done], items: list[Wanted], beat: Beat
) -> Iterator[list[tuple[Wanted, Future[_Done]]]]:
    """What ended since the last time; no more is handed to the pool than it can soon do."""
    running: dict[Future[_Done], Wanted] = {}
    left = iter(items)
    room = settings().file_workers * QUEUED
    while True:
        for _, item in zip(range(room - len(running)), left, strict=False):
            running[pool.submit(work, item)] = item
        if not running:
            return
        ended, _rest = wait(running, timeout=BEAT_SECONDS, return_when=FIRST_COMPLETED)
        yield [(running.pop(future), future) for future in ended]
        beat()


class _Notes:
    """What was stored, written to the table many at a time."""

    def __init__(self, using: str) -> None:
        self.gathered = Gathered()
        self._using = using
        self._done: set[FileName] = set()
        self._stored: list[Known] = []
        self._put_at = time.monotonic()

    def take(self, finished: Iterable[tuple[Wanted, Future[_Done]]]) -> None:
        for wanted, future in finished:
            error = future.exception()
            if error is None:
                self._succeeded(wanted, future.result())
            elif isinstance(error, Exception):
                self._failed(wanted, error)
            else:
                raise error
        if len(self._stored) >= PUT_FILES or time.monotonic() - self._put_at >= BEAT_SECONDS:
            self._put()

    def end(self, wanted: Set[FileName]) -> Gathered:
        """With what was left out, because the source is away or there was no time."""
        self._put()
        left = wanted - self._done - self.gathered.failures.keys()
        if self.gathered.in_vain >= VAIN_ATTEMPTS:
            gave_up = SourceUnavailable("The source can't be reached now: its files are tried again later.")
            self.gathered.failures |= dict.fromkeys(left, gave_up)
        else:
            self.gathered.left |= left
        return self.gathered

    def _succeeded(self, wanted: Wanted, done: _Done) -> None:
        self._stored.append(done.item)
        self._done.add(wanted.file_name)
        self.gathered.in_vain = 0
        self.gathered.stored += 1
        self.gathered.fetched += done.fetched
        self.gathered.received += done.received

    def _failed(self, wanted: Wanted, error: Exception) -> None:
        self.gathered.failures[wanted.file_name] = error
        self.gathered.in_vain = self.gathered.in_vain + 1 if isinstance(error, SourceUnavailable) else 0
        logger.warning("a file did not come", extra={"place": wanted.column.place, "reason": str(error)})

    def _put(self) -> None:
        known.put(self._using, self._stored)
        self._stored, self._put_at = [], time.monotonic()


def _twins(using: str, wanted: Sequence[Wanted]) -> dict[tuple[str, str], Known]:
    """{(place, hash): a file here with that content}."""
    return {(place, sha256): items[-1] for (place, _, sha256), items in here(using, wanted).items()}


def bring(wanted: Wanted, source: FileSource, twin: Known | None, *, stopped: Callable[[], bool]) -> _Done:
    """One file, wherever it is quickest to be had; raises what stopped it."""
    try:
        adopted = storing.adopt(wanted)
        if adopted is not None:
            return _Done(adopted, 0, fetched=False)
        with tempfile.TemporaryFile(dir=django_settings.FILE_UPLOAD_TEMP_DIR) as file:
            if twin is not None and _copy(wanted, file, twin):
                return _Done(storing.store(wanted, file), 0, fetched=False)
            download = Download(wanted, file, stopped=stopped)
            download.run(source)
            return _Done(storing.store(wanted, file), download.received, fetched=True)
    except FeedsyncError:
        raise
    except Problem as problem:
        raise TransientError(f"{wanted.wire_name}: stored, and then not there: {problem}") from problem
    except Exception as error:
        raise TransientError(f"{wanted.wire_name} can't be stored: {type(error).__name__}: {error}") from error


def _copy(wanted: Wanted, file: IO[bytes], twin: Known) -> bool:
    try:
        Download(wanted, file).run(Twin(twin))
    except (FeedsyncError, Problem):  # it went, or was written to: then over the network
        file.seek(0)
        file.truncate()
        return False
    return True


@dataclass(frozen=True, slots=True)
class Twin:
    """A file of the same storage as a source."""

    item: Known

    @contextmanager
    def open_file(self, wanted: Wanted, *, offset: int) -> Iterator[Body]:
        yield Pieces(measuring.pieces(wanted.column.storage, self.item.name))

    def close(self) -> None:
        """Nothing stays open."""


@dataclass(slots=True)
class Pieces:
    """A body from its first byte on."""

    pieces: Iterator[bytes]
    start: int = 0

    def read(self) -> bytes:
        return next(self.pieces, b"")
