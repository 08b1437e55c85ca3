"""Where the files of a change come from: the name of its origin in, a way to open that source out.

Changes of an environment that is no data source here were forwarded by one that is: then every source is asked in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from consumers.files.downloading import Body, FileSource
from consumers.files.wanted import Wanted
from consumers.http.session import Source, open_source
from consumers.http.transfers import SourceFiles
from consumers.models import DataSource
from feedsync.errors import ConfigurationError, FeedsyncError

OpenHttp = Callable[[str, str], Source]


def opener(origin: str, *, open_http: OpenHttp = open_source) -> Callable[[], FileSource]:
    """Reads the data sources now, in the caller's thread; raises ConfigurationError where there is none."""
    rows = list(DataSource.objects.filter(enabled=True).order_by("env_name").values_list("env_name", "env_url"))
    chosen = [row for row in rows if row[0] == origin] or rows
    if not chosen:
        raise ConfigurationError(f"There is no enabled data source to fetch files of {origin} from: add one.")
    return lambda: InTurn([SourceFiles(open_http(name, url)) for name, url in chosen])


@dataclass(frozen=True, slots=True)
class InTurn:
    """The first that answers."""

    sources: list[SourceFiles]

    @contextmanager
    def open_file(self, wanted: Wanted, *, offset: int) -> Iterator[Body]:
        *others, last = self.sources
        for source in others:
            opening = source.open_file(wanted, offset=offset)
            try:
                body = opening.__enter__()
            except FeedsyncError:
                continue
            try:
                yield body
            finally:
                opening.__exit__(None, None, None)
            return
        with last.open_file(wanted, offset=offset) as body:
            yield body

    def close(self) -> None:
        for source in self.sources:
            source.close()
