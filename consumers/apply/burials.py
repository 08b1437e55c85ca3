"""Deletions of keys that other objects have by now: made anew elsewhere, or kept by an edit here.

In: late deletions and what refers to their keys. Out: the ledger remembers them, and what is older than they are refers
to nobody any more, as where they came in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import SET_NULL, QuerySet

from consumers.apply import write
from consumers.apply.pending import Pending
from consumers.apply.plan import lock_rows
from consumers.apply.resolve import Resolver
from feedsync import forwards, ledger, natural_keys, outbox, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.conf import settings
from feedsync.ledger import Entry
from feedsync.registry import Feed
from feedsync.shape import ManyToMany, Reference, shape_of
from feedsync.wire.page import Change


def heed(deletions: Iterable[Change], resolver: Resolver) -> None:
    """After everything else was written."""
    late: dict[str, dict[str, int]] = {}
    for change in deletions:
        versions = late.setdefault(change.feed, {})
        versions[change.key] = max(change.version, versions.get(change.key, 0))
    ledger.bury(
        resolver.using,
        [Entry.of(label, key, buried=version) for label, own in late.items() for key, version in own.items()],
    )
    resolver.forget()
    _tell(late, resolver.using)
    for label, versions in late.items():
        feed = registry.get(label)
        rows = {pk: versions[key] for key, pk in resolver.pks(feed, versions).items() if key in versions}
        for other in registry.feeds() if rows else ():
            _let_go(other, feed, rows, resolver.using)


def _tell(late: Mapping[str, Mapping[str, int]], using: str) -> None:
    """Who hears of us only hears of the object that lives, and with it of the deletion (P7)."""
    if not settings().forward:
        return
    for label, versions in late.items():
        entries = ledger.read(using, label, map(natural_keys.digest, versions)).values()
        mine = settings().environment
        forwards.leave(using, [entry for entry in entries if entry.origin != mine], {})
        own = [entry.object_pk for entry in entries if entry.origin == mine]
        outbox.mark_anew(using, label, filter(None, own))


def _let_go(other: Feed, feed: Feed, rows: Mapping[Any, int], using: str) -> None:
    shape = shape_of(other)
    for reference in shape.references:
        if reference.target is feed and nulled(reference, other):
            _set_null(other, reference, rows, using)
    for many in shape.many:
        if many.target is feed:
            _leave(other, many, rows, using)


def nulled(reference: Reference, feed: Feed) -> bool:
    """Whether a deletion sets it to null wherever it finds it."""
    keyed = {part.chain[0] for part in shape_of(feed).key}
    return reference.field not in keyed and reference.field.remote_field.on_delete is SET_NULL


def _set_null(other: Feed, reference: Reference, rows: Mapping[Any, int], using: str) -> None:
    target = f"{reference.name}__pk"
    found = primary_keys.beside(snapshot.rows(other, using).filter(any_of(using, target, rows)), target)
    older = _older(other, {pk: rows[referred] for pk, [referred] in found}, using)
    write.update(reference.field.model, using, [reference.field], [[pk, None] for pk in older])


def _leave(other: Feed, many: ManyToMany, rows: Mapping[Any, int], using: str) -> None:
    members: QuerySet[Any] = QuerySet(model=many.through, using=using).filter(any_of(using, many.member, rows))
    pairs = list(members.values_list(f"{many.source}_id", f"{many.member}_id"))
    older = set(_older(other, {owner: rows[member] for owner, member in pairs}, using))
    fields = [many.through._meta.get_field(many.source), many.through._meta.get_field(many.member)]
    write.delete_pairs(many.through, using, fields, [pair for pair in pairs if pair[0] in older])


def _older(feed: Feed, deletions: Mapping[Any, int], using: str) -> list[Any]:
    """Of these rows, {primary key: version of a deletion}, those that were told before, and not edited here since."""
    texts = {primary_keys.text(pk): pk for pk in deletions}
    if not texts:
        return []
    lock_rows(feed, using, sorted(deletions, key=str))
    edited = Pending(feed, using, texts).edited
    entries = ledger.of_pks(using, feed.label, texts.keys() - edited.keys())
    known = {texts[str(entry.object_pk)]: entry.version for entry in entries if not entry.tombstone and entry.version}
    return [pk for pk, version in known.items() if version < deletions[pk]]
