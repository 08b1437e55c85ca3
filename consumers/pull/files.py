"""Files of a pull's chunk: fetched before the chunk is applied, so that mostly nothing of it has to be parked.

In: the changes of a chunk and the source that they came from. Out: counts for the progress. Here the storage is asked,
too, whether it still has what the table says: a pull repairs a file that went away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from consumers.files import wanted as wants
from consumers.files.downloading import Stopped
from consumers.files.gathering import Gathered, gather, paced
from consumers.files.wanted import UNREADABLE_CHANGE, Wanted
from consumers.http.session import Source
from consumers.http.transfers import SourceFiles
from feedsync.files import measuring
from feedsync.wire.page import Change


def bring(
    using: str, changes: Sequence[Change], open_source: Callable[[], Source], beat: Callable[[], None]
) -> Gathered:
    """Whatever doesn't come is parked by apply, and tried again later."""
    wanted = _readable(changes)
    if not wanted:
        return Gathered()
    try:
        _look_again(using, wanted, paced(beat))
    except Stopped:
        return Gathered()
    stored = wants.here(using, wanted)
    lacking = [item for item in wanted if item.file_name not in stored]
    return gather(using, lacking, lambda: SourceFiles(open_source()), beat=beat) if lacking else Gathered()


def _readable(changes: Sequence[Change]) -> list[Wanted]:
    """What can't be read is for apply to put aside."""
    found: list[Wanted] = []
    for change in changes:
        try:
            found += wants.of_change(wants.usable(change))
        except UNREADABLE_CHANGE:
            continue
    return found


def _look_again(using: str, wanted: Sequence[Wanted], beat: Callable[[], None]) -> None:
    """Whether the storage has the files as the table says; what it lost, or what somebody wrote over, is not here."""
    columns = {item.column.place: item.column for item in wanted}
    names: dict[str, set[str]] = {}
    for items in wants.here(using, wanted).values():
        for item in items:
            names.setdefault(item.place, set()).add(item.name)
    for place, own in names.items():
        for _ in measuring.measure(columns[place], using, own):
            beat()
