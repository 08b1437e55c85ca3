"""Files of changes inside the transaction that writes them: nothing is fetched here.

In: changes that passed the gate. Out: those whose files are not here yet, and the local names of those that are.
"""

from __future__ import annotations

from collections.abc import Iterable

from consumers.files import wanted as wants
from consumers.files.wanted import FileName
from consumers.parking import Reason, Waiting
from feedsync.errors import TransientError
from feedsync.wire.page import Change

LocalNames = dict[FileName, str]


def waiting(using: str, changes: Iterable[Change]) -> list[Waiting]:
    """Changes that have to wait for a file."""
    lacking = {id(item.change): item.change for item in wants.lacking(using, changes)}
    return [Waiting(change=change, reason=Reason.FILE) for change in lacking.values()]


def local_names(using: str, changes: Iterable[Change]) -> LocalNames:
    """{file: its name in the storage here}, the last where there are several."""
    found = wants.here(using, wants.of_changes(changes))
    return {name: items[-1].name for name, items in found.items()}


def local_name(change: Change, column_name: str, names: LocalNames) -> str | None:
    """What is written into the column; without a content the name is as it came."""
    for item in wants.of_change(change):
        if item.column.name == column_name:
            if item.file_name not in names:
                raise TransientError(f"{item.wire_name} was here a moment ago: it is looked for again.")
            return names[item.file_name]
    assert change.fields is not None
    name: str | None = change.fields[column_name]
    return name
