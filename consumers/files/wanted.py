"""Which files changes need: changes in, `Wanted` out, and those of them that aren't here.

What is here is what the table of known files says; only `verified` asks the storage. One query for each file field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from consumers.files.naming import UnsafeName, safe
from feedsync import registry
from feedsync.conf import settings
from feedsync.errors import PermanentError
from feedsync.files import known
from feedsync.files.fields import FileColumn
from feedsync.files.known import Known
from feedsync.shape import shape_of
from feedsync.wire.page import Change

SHA256 = re.compile(r"[0-9a-f]{64}")
FileName = tuple[str, str, str]  # (place, name on the wire, SHA-256)


class MalformedFile(PermanentError):
    """What a change says of a file can't be read."""


UNREADABLE_CHANGE = (UnsafeName, MalformedFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file that a change needs: the object to ask for, and what it must be."""

    change: Change
    column: FileColumn
    wire_name: str
    sha256: str
    size: int

    @property
    def file_name(self) -> FileName:
        return (self.column.place, self.wire_name, self.sha256)


def usable(change: Change) -> Change:
    """Without what says nothing here: a name alone, unless its storage is ours too; a content alone."""
    feed = registry.find(change.feed)
    if change.fields is None or feed is None or not (columns := shape_of(feed).files):
        return change
    fields = dict(change.fields)
    shared = settings().shares_files_with(change.origin)
    for column in columns:
        if column.name not in fields or shared:
            fields.pop(column.content, None)
        elif not fields[column.name]:
            fields[column.content] = None
        elif fields.get(column.content) is None:
            fields.pop(column.name)
            fields.pop(column.content, None)
    return change if fields == change.fields else replace(change, fields=fields)


def of_changes(changes: Iterable[Change]) -> list[Wanted]:
    """All that they need; raises UnsafeName or MalformedFile."""
    return [item for change in changes for item in of_change(change)]


def of_change(change: Change) -> Iterator[Wanted]:
    if change.fields is None:
        return
    for column in shape_of(registry.get(change.feed)).files:
        name = change.fields.get(column.name)
        if name and column.content in change.fields:
            yield _wanted(change, column, name, change.fields[column.content])
        elif name:
            safe(str(name))  # a shared storage: the row will show it as it is


def _wanted(change: Change, column: FileColumn, name: Any, content: Any) -> Wanted:
    sha256, size = (content.get("sha256"), content.get("size")) if isinstance(content, dict) else (None, None)
    sound = isinstance(sha256, str) and SHA256.fullmatch(sha256) and type(size) is int and 0 <= size < 2**63
    if not isinstance(name, str) or not sound:
        raise MalformedFile(f"{column.place}: name or content of the file can't be read.")
    assert isinstance(sha256, str) and isinstance(size, int)  # noqa: PT018
    safe(name)
    return Wanted(change=change, column=column, wire_name=name, sha256=sha256, size=size)


def here(using: str, wanted: Sequence[Wanted]) -> dict[FileName, list[Known]]:
    """{file: where it is stored}, the youngest last."""
    hashes: dict[str, set[str]] = {}
    for item in wanted:
        hashes.setdefault(item.column.place, set()).add(item.sha256)
    found: dict[FileName, list[Known]] = {}
    for place, own in hashes.items():
        for stored in known.by_contents(using, place, own):
            if not stored.problem:
                found.setdefault((place, stored.wire_name, stored.sha256), []).append(stored)
    return found


def lacking(using: str, changes: Iterable[Change]) -> list[Wanted]:
    """What isn't here, as far as the table knows."""
    wanted = of_changes(changes)
    stored = here(using, wanted) if wanted else {}
    return [item for item in wanted if item.file_name not in stored]
