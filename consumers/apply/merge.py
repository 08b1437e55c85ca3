"""Two rows turn out to be one object: what refers to the one that goes refers to the one that stays.

In: {primary key of a row that goes: of the row that stays}. Every foreign key follows, registered or not, and every
member of a set. A dependant that both rows have (one profile each, one text of the same name each) is one object as
well: it is merged first. One that only this environment knows and that can't move is never lost: Unmergeable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Exists, ForeignKey, Model, OuterRef, QuerySet, Subquery

from consumers.apply import follow, locate
from feedsync import primary_keys, registry
from feedsync.anyof import any_of
from feedsync.errors import PermanentError
from feedsync.models import LedgerEntry
from feedsync.registry import Feed
from feedsync.shape import shape_of

Pairs = Mapping[Any, Any]  # {primary key that goes: primary key that stays}
Remove = Callable[[Feed, list[Any]], None]


class Unmergeable(PermanentError):
    """Both rows have a dependant that can exist only once, in a table that is not registered."""


def merge(model: type[Model], pairs: Pairs, using: str, remove: Remove) -> None:
    """Afterwards the rows are gone, and what referred to them refers to the others. `remove` deletes rows of a feed."""
    for referrer in _referrers(model):
        if _owns(model, referrer):
            continue
        if referrer.model._meta.auto_created:
            _drop_twins(referrer, pairs, using)
        else:
            _merge_twins(referrer, pairs, using, remove)
        with follow.unchecked(using):  # it may be a primary key that others refer to
            follow.replace(referrer, using, _values(referrer, pairs, using))
    feed = registry.feed_of(model)
    assert feed is not None
    follow.follow_generics(model, using, list(pairs.items()))
    entries = LedgerEntry.objects.using(using).filter(feed=feed.label)
    for old, new in pairs.items():
        entries.filter(object_pk=primary_keys.text(old)).update(object_pk=primary_keys.text(new))
    remove(feed, list(pairs))


def _referrers(model: type[Model]) -> Iterator[ForeignKey[Any, Any]]:
    """Foreign keys to the object, but those by which it hangs together itself."""
    lineage = {model, *model._meta.all_parents}
    columns = [field for part in lineage for field in part._meta.local_concrete_fields]
    referrers = [referrer for column in columns for referrer in follow.referrers(column)]
    yield from (one for one in referrers if not (one.remote_field.parent_link and one.model in lineage))


def _owns(model: type[Model], referrer: ForeignKey[Any, Any]) -> bool:
    """Whether it is the owner's side of a set: the object's own change brings its set. An explicit table is a feed."""
    owners = {many.remote_field.through: many for many in model._meta.many_to_many if referrer.model._meta.auto_created}
    many = owners.get(referrer.model)
    return many is not None and referrer.name == many.m2m_field_name()


def _values(referrer: ForeignKey[Any, Any], pairs: Pairs, using: str) -> list[tuple[Any, Any]]:
    """(value that goes, value that stays) of the column referred to."""
    target = referrer.target_field
    if target.primary_key:
        return list(pairs.items())
    rows: QuerySet[Any] = QuerySet(model=target.model, using=using)
    found = primary_keys.beside(rows.filter(any_of(using, "pk", {*pairs, *pairs.values()})), target.attname)
    known = {pk: value for pk, [value] in found}
    return [(known[old], known[new]) for old, new in pairs.items()]


def _drop_twins(referrer: ForeignKey[Any, Any], pairs: Pairs, using: str) -> None:
    """A set that has both as members keeps one."""
    [other] = [field for field in referrer.model._meta.local_fields if field.remote_field and field is not referrer]
    for old, new in _values(referrer, pairs, using):
        rows: QuerySet[Any] = QuerySet(model=referrer.model, using=using)
        twin = rows.filter(**{referrer.attname: new, other.attname: OuterRef(other.attname)})
        rows.filter(Exists(twin), **{referrer.attname: old})._raw_delete(using=using)


def _merge_twins(referrer: ForeignKey[Any, Any], pairs: Pairs, using: str, remove: Remove) -> None:
    twins = {
        mine: theirs
        for old, new in _values(referrer, pairs, using)
        for others in _unique_with(referrer)
        for mine, theirs in _twins(referrer, old, new, others, using)
    }
    if not twins:
        return
    feed = registry.feed_of(referrer.model)
    if feed is None:
        raise Unmergeable(f"{referrer.model._meta.label} has rows for both objects, and may have only one.")
    merge(referrer.model, twins, using, remove)


def _twins(
    referrer: ForeignKey[Any, Any], old: Any, new: Any, others: Iterable[str], using: str
) -> Iterator[tuple[Any, Any]]:
    """(primary key that goes, primary key that stays) of rows that would be equal in all of these."""
    rows: QuerySet[Any] = QuerySet(model=referrer.model, using=using)
    same = {name: OuterRef(name) for name in others}
    theirs = rows.filter(**{referrer.attname: new, **same}).order_by("pk")
    columns = {f"feedsync_twin{place}": field for place, field in enumerate(primary_keys.columns(referrer.model))}
    twin = {name: Subquery(theirs.values(field.attname)[:1]) for name, field in columns.items()}
    mine = rows.filter(Exists(theirs), **{referrer.attname: old}).annotate(**twin)
    yield from ((pk, primary_keys.of(theirs)) for pk, theirs in primary_keys.beside(mine, *columns))


def _unique_with(referrer: ForeignKey[Any, Any]) -> Iterator[tuple[str, ...]]:
    """What is unique together with the reference, the rest of a natural key included."""
    options = referrer.model._meta
    if referrer.unique:
        yield ()
    groups = [*options.unique_together, *(constraint.fields for constraint in options.total_unique_constraints)]
    yield from (tuple(name for name in group if name != referrer.name) for group in groups if referrer.name in group)
    feed = registry.feed_of(referrer.model)
    if feed is None:
        return
    columns = locate.search_columns(shape_of(feed))
    own = (referrer.name, referrer.attname)
    if any(column.lookup.partition("__")[0] in own for column in columns):
        yield tuple(column.lookup for column in columns if column.lookup.partition("__")[0] not in own)
