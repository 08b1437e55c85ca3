"""Foreign keys that refer to something else than the primary key follow when their target's value changes.

A database checks such a reference by value: renaming a row in place would leave its referrers, registered or not,
pointing at nothing. All values move in one statement, so that two may be swapped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connections, models

from consumers.apply import write
from feedsync import primary_keys, registry, snapshot, typed_rows
from feedsync.anyof import any_of
from feedsync.capture.raw import UNSEEN
from feedsync.generic import Generic
from feedsync.models import LedgerEntry
from feedsync.registry import Feed
from feedsync.shape import shape_of

Pairs = Sequence[tuple[Any, Any]]  # (old value, new value), as Python has them


@contextmanager
def unchecked(using: str) -> Iterator[None]:
    """For statements that are wrong each and right together. PostgreSQL and SQLite look at foreign keys at the end
    anyway; MariaDB can't wait, but look away."""
    connection = connections[using]
    with nullcontext() if connection.features.can_defer_constraint_checks else connection.constraint_checks_disabled():
        yield


def follow(field: models.Field[Any, Any], using: str, pairs: Pairs) -> None:
    """Everything that refers to this column by an old value refers to the new one."""
    for referrer in referrers(field):
        replace(referrer, using, pairs)


def referrers(field: models.Field[Any, Any]) -> Iterator[models.ForeignKey[Any, Any]]:
    for relation in field.model._meta.get_fields(include_hidden=True):
        other = getattr(relation, "field", None)
        if relation.auto_created and isinstance(other, models.ForeignKey) and other.target_field is field:
            yield other


def replace(referrer: models.ForeignKey[Any, Any], using: str, pairs: Pairs) -> None:
    connection = connections[using]
    quote = connection.ops.quote_name
    moving = _moving(referrer, using, pairs)
    rows = [[referrer.get_db_prep_save(value, connection) for value in pair] for pair in pairs]
    values = typed_rows.of(connection, [referrer, referrer], rows)
    table, column = quote(referrer.model._meta.db_table), quote(referrer.column)
    statement = typed_rows.update(connection, table, values, by=[column], sets={column: values.names[1]})
    with connection.cursor() as cursor:
        cursor.execute(UNSEEN + statement, values.params)
    follow(referrer, using, pairs)  # where it is a primary key itself, as an extension one to one has it
    if moving:
        move_in_ledger(referrer.model, using, moving)
        follow_generics(referrer.model, using, moving)


def _moving(referrer: models.ForeignKey[Any, Any], using: str, pairs: Pairs) -> Pairs:
    """What becomes of the primary keys that the reference is part of."""
    columns = primary_keys.columns(referrer.model)
    feed = registry.feed_of(referrer.model)
    if feed is None or referrer not in columns:
        return []
    place, new = columns.index(referrer), dict(pairs)
    rows = primary_keys.read(snapshot.rows(feed, using).filter(any_of(using, referrer.attname, new)))
    parts = [(pk, primary_keys.parts(pk)) for pk in rows]
    return [(pk, primary_keys.of([*p[:place], new[p[place]], *p[place + 1 :]])) for pk, p in parts]


def follow_generics(model: type[models.Model], using: str, pks: Pairs) -> None:
    """Generic relations to these rows, which have other primary keys now."""
    for feed in registry.feeds():
        for generic in shape_of(feed).generics:
            _follow_generic(feed, generic, model, using, pks)


def _follow_generic(feed: Feed, generic: Generic, model: type[models.Model], using: str, pks: Pairs) -> None:
    ids = generic.ids({pk for pair in pks for pk in pair})
    new = {ids[old]: ids.get(new) for old, new in pks if old in ids}
    column = generic.object_id
    kind = generic.kind(registry.concrete_label(model))
    rows = snapshot.rows(feed, using).filter(**kind, **{f"{column.name}__in": list(new)})
    moved = [[pk, new[old]] for pk, [old] in primary_keys.beside(rows, column.name)] if new else []
    write.update(column.model, using, [column], moved)


def move_in_ledger(model: type[models.Model], using: str, pks: Pairs) -> None:
    """These rows have other primary keys now."""
    connection = connections[using]
    quote = connection.ops.quote_name
    feed, pk = (LedgerEntry._meta.get_field(name) for name in ("feed", "object_pk"))
    label = registry.label_of(model)
    rows = [[label, *map(primary_keys.text, pair)] for pair in pks]
    values = typed_rows.of(connection, [feed, pk, pk], rows)
    by, sets = [quote(feed.name), quote(pk.name)], {quote(pk.name): values.names[2]}
    with connection.cursor() as cursor:
        table = quote(LedgerEntry._meta.db_table)
        cursor.execute(typed_rows.update(connection, table, values, by=by, sets=sets), values.params)
