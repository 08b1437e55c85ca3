"""Files of a pull's chunk: fetched before the chunk is applied, so that mostly nothing of it has to be parked.

In: the changes of a chunk and the source that they came from. Out: counts for the progress. Here the storage is asked,
too, whether it still has what the table says: a pull repairs a file that went away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from consumers.files import wanted as wants
from consumers.files.downloading import Stopped
from consumers.files.gathering import Gathered, gather, paced
from consumers.files.wanted import UNREADABLE_CHANGE, FileName, Wanted
from consumers.http.session import Source
from consumers.http.transfers import SourceFiles
from feedsync.files import known, measuring
from feedsync.files.measuring import Problem
from feedsync.wire.page import Change


def bring(
    using: str, changes: Sequence[Change], open_source: Callable[[], Source], beat: Callable[[], None]
) -> Gathered:
    """Whatever doesn't come is parked by apply, and tried again later."""
    wanted = _readable(changes)
    if not wanted:
        return Gathered()
    try:
        gone = _forget_vanished(using, wanted, beat)
    except Stopped:
        return Gathered()
    stored = wants.here(using, wanted).keys() - gone
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


def _forget_vanished(using: str, wanted: Sequence[Wanted], beat: Callable[[], None]) -> set[FileName]:
    """Files that the storage lost, by their names here, so that rows that show them are written anew."""
    stored, beat = wants.here(using, wanted), paced(beat)
    columns = {item.file_name: item.column for item in wanted}
    lost: dict[str, list[str]] = {}
    gone: set[FileName] = set()
    for name in stored.keys() & columns.keys():
        beat()
        vanished = [item for item in stored[name] if not _stands(columns[name].storage, item)]
        for item in vanished:
            lost.setdefault(item.place, []).append(item.name)
        if len(vanished) == len(stored[name]):
            gone.add(name)
    for place, names in lost.items():
        known.forget(using, place, names)
    return gone


def _stands(storage: object, item: known.Known) -> bool:
    try:
        return measuring.stat_of(storage, item.name).size == item.size  # type: ignore[arg-type]
    except Problem:
        return False
