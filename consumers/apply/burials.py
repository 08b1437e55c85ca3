"""Deletions of keys that other objects have by now: made anew elsewhere, or kept by an edit here.

In: late deletions and what refers to their keys. Out: the ledger remembers them, and what is older than they are refers
to nobody any more, as where they came in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import SET_NULL, QuerySet

from consumers.apply.resolve import Resolver
from feedsync import forwards, ledger, natural_keys, outbox, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.conf import settings
from feedsync.ledger import Entry
from feedsync.models import Mark
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
    for label, versions in late.items():
        entries = ledger.read(using, label, map(natural_keys.digest, versions)).values()
        own = [entry for entry in entries if entry.origin == settings().environment]
        forwards.leave(using, [entry for entry in entries if entry not in own], {})
        if settings().forward:
            outbox.mark_anew(using, label, [entry.object_pk for entry in own if entry.object_pk is not None])


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
    found = primary_keys.beside(
        snapshot.rows(other, using).filter(any_of(using, f"{reference.name}__pk", rows)), f"{reference.name}__pk"
    )
    older = _older(other, {pk: rows[target] for pk, [target] in found}, using)
    if older:
        with outbox.suppressed(using, {other.label: set(map(primary_keys.text, older))}):
            snapshot.rows(other, using).filter(any_of(using, "pk", older)).update(**{reference.name: None})


def _leave(other: Feed, many: ManyToMany, rows: Mapping[Any, int], using: str) -> None:
    members: QuerySet[Any] = QuerySet(model=many.through, using=using).filter(any_of(using, many.member, rows))
    found = list(members.values_list("pk", f"{many.source}_id", f"{many.member}_id"))
    older = set(_older(other, {owner: rows[member] for _, owner, member in found}, using))
    gone = [pk for pk, owner, _ in found if owner in older]
    if gone:
        QuerySet(model=many.through, using=using).filter(any_of(using, "pk", gone))._raw_delete(using=using)


def _older(feed: Feed, deletions: Mapping[Any, int], using: str) -> list[Any]:
    """Of these rows, {primary key: version of a deletion}, those that were told before, and not edited here since."""
    texts = {primary_keys.text(pk): pk for pk in deletions}
    if not texts:
        return []
    edited = (
        Mark.objects.using(using).filter(feed=feed.label, object_pk__in=list(texts)).values_list("object_pk", flat=True)
    )
    entries = ledger.of_pks(using, feed.label, texts.keys() - set(edited))
    known = {texts[str(entry.object_pk)]: entry.version for entry in entries if not entry.tombstone and entry.version}
    return [pk for pk, version in known.items() if version < deletions[pk]]
