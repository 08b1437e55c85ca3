"""What is to be passed on of one feed: ledger entries in, changes with their version and origin out.

A row may differ from its entry: because somebody edited it here (then it has a mark, and the edit goes out instead), or
because this database keeps a value in another way than it came (then the row is what we have, and goes out as it is).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from feedsync import renames, snapshot
from feedsync.anyof import any_of
from feedsync.ledger import Address, Entry
from feedsync.models import Mark
from feedsync.registry import Feed
from feedsync.relay import reading
from feedsync.relay.dead import Dead
from feedsync.snapshot import State
from feedsync.wire.page import Change, Rank

Versions = Mapping[Address, tuple[int, int]]  # {address: (version, when that edit was made)}


@dataclass(slots=True)
class Outgoing:
    """`edited`: {feed: primary keys} of rows whose local edit is published instead. `pks`: of what is alive."""

    changes: list[Change] = field(default_factory=list)
    edited: dict[str, set[str]] = field(default_factory=dict)
    dead: list[Dead] = field(default_factory=list)
    pks: dict[Address, str] = field(default_factory=dict)

    def add(self, other: Outgoing) -> None:
        self.changes += other.changes
        self.dead += other.dead
        self.edited |= other.edited
        self.pks |= other.pks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saying:
    """What goes out of an entry unless the row `doubt` was edited here; None: then nothing."""

    change: Change | None
    doubt: str = ""


def of_feed(using: str, feed: Feed, entries: Iterable[Entry], versions: Versions) -> Outgoing:
    """`entries` were read before."""
    known = list(entries)
    alive = [entry for entry in known if entry.version and not entry.tombstone and entry.object_pk is not None]
    found = Outgoing(pks={entry.address: str(entry.object_pk) for entry in alive})
    sayings = [
        *_living(using, feed, alive, versions, found),
        *_buried(using, feed, [entry for entry in known if entry.tombstone], versions),
    ]
    edited = _edited(using, feed, {saying.doubt for saying in sayings if saying.doubt})
    found.edited.setdefault(feed.label, set()).update(edited)
    found.changes += [saying.change for saying in sayings if saying.change and saying.doubt not in edited]
    return found


def _living(using: str, feed: Feed, entries: list[Entry], versions: Versions, found: Outgoing) -> Iterator[_Saying]:
    pks = [str(entry.object_pk) for entry in entries]
    states, poison = reading.readable(partial(reading.by_names, feed, using), pks)
    rows = {state.pk_text: state for state in states}
    former = renames.former(using, feed.label, [entry.key_hash for entry in entries])
    for entry in entries:
        pk = str(entry.object_pk)
        try:
            if pk in poison:
                found.dead.append(_dead(entry, poison[pk]))
            elif pk in rows and rows[pk].key != entry.key:
                found.edited.setdefault(feed.label, set()).add(pk)  # renamed here, or by its parent's rename
            else:
                yield _saying(entry, rows.get(pk), former.get(entry.key_hash, {}), versions)
        except (TypeError, ValueError) as error:
            found.dead.append(_dead(entry, f"A value is no JSON: {error}"))


def _saying(entry: Entry, row: State | None, former: Mapping[str, Rank], versions: Versions) -> _Saying:
    if row is None:
        return _Saying(change=None, doubt=str(entry.object_pk))
    change = _change(entry, row.fields, former, versions)
    same = entry.content_hash in ("", row.content_hash())
    return _Saying(change=change, doubt="" if same else row.pk_text)


def _buried(using: str, feed: Feed, entries: list[Entry], versions: Versions) -> Iterator[_Saying]:
    """A key that a row carries is not gone (R11)."""
    carriers = {state.key: state.pk_text for state in snapshot.by_keys(feed, using, [entry.key for entry in entries])}
    for entry in entries:
        if entry.key in carriers:
            yield _Saying(change=None, doubt=carriers[entry.key])
        else:
            yield _Saying(change=_change(entry, None, {}, versions))


def _edited(using: str, feed: Feed, pks: set[str]) -> set[str]:
    """Rows with marks, asked for after the rows were read: an edit that was seen has a mark that can be seen."""
    if not pks:
        return set()
    marks = Mark.objects.using(using).filter(any_of(using, "object_pk", sorted(pks)), feed=feed.label)
    return set(marks.values_list("object_pk", flat=True))


def _change(
    entry: Entry, fields: Mapping[str, object] | None, former: Mapping[str, Rank], versions: Versions
) -> Change:
    version, marked_at = versions.get(entry.address, (0, 0))
    return Change(
        feed=entry.feed,
        key=entry.key,
        version=entry.version,
        origin=entry.origin,
        fields=fields,
        former=tuple(former),
        left_at=tuple(former.values()),
        buried=0 if fields is None else entry.buried,
        marked_at=marked_at if version == entry.version else 0,
    )


def _dead(entry: Entry, reason: str) -> Dead:
    return Dead(feed=entry.feed, object_pk=entry.object_pk or "", key=entry.key, version=entry.version, reason=reason)
