"""The table of known files: rows in and out, set-wise.

A source finds here what it hashed, a replica what it stored; both find the name that a file travels under.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

from feedsync import rowsets
from feedsync.anyof import any_of
from feedsync.models import KnownFile
from feedsync.rowsets import Columns
from feedsync.upserts import Conflict

BATCH = 2_000
Content = dict[str, Any]  # {"sha256": 64 hexadecimal digits, "size": bytes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A row; see `KnownFile`."""

    place: str
    name: str
    wire_name: str
    size: int = 0
    modified: str = ""
    sha256: str = ""
    problem: str = ""

    @property
    def content(self) -> Content | None:
        """None where it isn't known."""
        return {"sha256": self.sha256, "size": self.size} if self.sha256 and not self.problem else None


NAMES = tuple(item.name for item in fields(Known))
COLUMNS = Columns(NAMES, ("text", "text", "text", "bigint", "text", "text", "text"))
AGAIN = Conflict(on=("place", "name"), update={name: f"new.{name}" for name in NAMES[2:]})


def by_names(using: str, place: str, names: Iterable[str]) -> dict[str, Known]:
    """{local name: what is known of it}."""
    return {item.name: item for item in _found(using, place, "name", sorted(names))}


def by_contents(using: str, place: str, hashes: Iterable[str]) -> list[Known]:
    """Files that were stored or measured with one of these contents, the youngest last."""
    return list(_found(using, place, "sha256", sorted(set(hashes))))


def _found(using: str, place: str, lookup: str, values: Sequence[str]) -> Iterator[Known]:
    for start in range(0, len(values), BATCH):
        wanted = any_of(using, lookup, values[start : start + BATCH])
        query = KnownFile.objects.using(using).filter(wanted, place=place).order_by("id")
        for row in query.values_list(*NAMES):
            yield Known(**dict(zip(NAMES, row, strict=True)))


def put(using: str, found: Iterable[Known]) -> None:
    rows = {(item.place, item.name): astuple(item) for item in found}
    ordered = [row for _, row in sorted(rows.items())]
    rowsets.write(using, COLUMNS, ordered, into=KnownFile._meta.db_table, conflict=AGAIN)
