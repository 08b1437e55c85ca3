"""Files of a world: what parked changes wait for is read from the storage of where it comes from, without HTTP.

The source decides as for a request, so that a file that its row doesn't name any more is refused here too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from consumers.apply import Outcome
from consumers.files import waiting, wanted
from consumers.files.gathering import Pieces
from consumers.files.wanted import FileName, Wanted
from consumers.models import ParkedChange
from consumers.retry import change_of
from feedsync.errors import FeedsyncError, FileGone
from feedsync.files import measuring, offering
from feedsync.testing.environment import Environment
from feedsync.testing.pulling import READER


def fetch(environment: Environment, heard: Sequence[Environment]) -> Outcome:
    """`heard`: whom it is subscribed to."""
    with environment.entered() as alias:
        rows = ParkedChange.objects.using(alias).filter(reason=ParkedChange.Reason.FILE)
        lacking = wanted.lacking(alias, map(change_of, rows))
    source = _Held({item.file_name: _content(item, heard) for item in lacking})
    with environment.entered():
        now = dt.datetime.fromtimestamp(environment.now() / 1000, tz=dt.UTC)
        tools = waiting.Tools(open_for=lambda _origin: lambda: source, now=lambda: now)
        return waiting.fetch(alias, tools=tools, only=rows.all()).outcome


def _content(item: Wanted, heard: Sequence[Environment]) -> bytes | None:
    """From the origin where it is heard itself, else from the first that has it, as `consumers.files.sources`."""
    chosen = [source for source in heard if source.name == item.change.origin] or heard
    found = (_given_by(source, item) for source in chosen)
    return next((content for content in found if content is not None), None)


def _given_by(source: Environment, item: Wanted) -> bytes | None:
    with source.entered():
        parameters = {"key": item.change.key, "sha256": item.sha256}
        try:
            offer = offering.find(item.change.feed, item.column.name, parameters, READER)
        except FeedsyncError:
            return None
        return b"".join(measuring.pieces(offer.storage, offer.name))


@dataclass(frozen=True, slots=True)
class _Held:
    """Read before, since settings and databases belong to the thread that reads."""

    contents: Mapping[FileName, bytes | None]

    @contextmanager
    def open_file(self, wanted: Wanted, *, offset: int) -> Iterator[Pieces]:
        content = self.contents[wanted.file_name]
        if content is None:
            raise FileGone
        yield Pieces(iter([content]))

    def close(self) -> None:
        """Nothing is open."""
