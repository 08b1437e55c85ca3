"""Create and update the objects of one feed, whatever they refer to.

In: plans. Out: rows in the tables, and `Patch`es for references whose target comes later in the transaction: nullable
ones are null until then, others hold a value that no object has (constraints are deferred, or, on MariaDB, looked at
only when the right one is set), all are set by `patching`.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from typing import Any

from django.db.models import JSONField, Model, Value

from consumers.apply import follow, generic, insert, rekeying, unique, write
from consumers.apply.patching import Patch, Unresolved
from consumers.apply.plan import Plan, lock_rows
from consumers.apply.resolve import Resolver
from consumers.files import landing
from feedsync import natural_keys, primary_keys
from feedsync.registry import Feed, find
from feedsync.shape import Column, Reference, shape_of

ABSENT = object()


class FeedWriter:
    """Writes the plans of one feed, in rounds: an object that must have its target first waits for the round after
    it."""

    def __init__(self, feed: Feed, resolver: Resolver) -> None:
        self.feed = feed
        self.shape = shape_of(feed)
        self.resolver = resolver
        self.using = resolver.using
        self.patches: list[Patch] = []
        self._columns = {column.name: column for column in self.shape.columns}
        self._references = {reference.name: reference for reference in self.shape.references}
        self._generics = {item.object_id.name: item for item in self.shape.generics}
        self._ids: dict[str, dict[generic.Name, Any]] = {}
        self._files = {item.name for item in self.shape.files}
        self._local_names: landing.LocalNames = {}
        self.moved = False  # whether primary keys may have changed, this feed's or those of what refers to it

    def write(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            if not plan.creates:
                self.resolver.learn(self.feed, plan.change.key, plan.pk)
        pending = [plan for plan in plans if plan.creates or plan.differs & self._own_names]
        if self._files:
            self._local_names = landing.local_names(self.using, [plan.change for plan in pending])
        while pending:
            known = self._targets(pending)
            self._ids = self._generic_ids(pending)
            ready = [plan for plan in pending if self._ready(plan, known)]
            settled = set(map(id, ready))
            later = [plan for plan in pending if id(plan) not in settled]
            # Who waits may hold a unique value that one that is ready gets: then all at once, too.
            circular = not ready or unique.move(self.feed.model, later)
            chosen = pending if circular else ready
            if circular:
                known = self._held(chosen)
            self._update([plan for plan in chosen if not plan.creates], known)
            with follow.unchecked(self.using) if circular else nullcontext():
                self._insert([plan for plan in chosen if plan.creates], known)
            done = set(map(id, chosen))
            pending = [plan for plan in pending if id(plan) not in done]

    @property
    def _own_names(self) -> set[str]:
        return {*self._columns, *self._references}

    def _held(self, plans: Sequence[Plan]) -> dict[str, dict[str, Any]]:
        """The targets, locked: the rows are about to be inserted where the database may not check them."""
        for name, found in self._targets(plans).items():
            target = self._references[name].target
            lock_rows(target, self.using, sorted(self.resolver.pks(target, set(found)).values(), key=str))
        self.resolver.forget()
        return self._targets(plans)

    def _targets(self, plans: Iterable[Plan]) -> dict[str, dict[str, Any]]:
        """{reference: {key: value}} of the targets that are here."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for plan in plans:
            for name in self._references.keys() & plan.values.keys():
                if plan.values[name] is not None:
                    wanted[name].add(natural_keys.text(plan.values[name]))
        return {name: self._values(self._references[name], keys) for name, keys in wanted.items()}

    def _values(self, reference: Reference, keys: set[str]) -> dict[str, Any]:
        return self.resolver.values(reference.target, keys, attname=reference.field.target_field.attname)

    def _ready(self, plan: Plan, known: dict[str, dict[str, Any]]) -> bool:
        return all(
            reference.field.null or plan.values.get(name) is None or natural_keys.text(plan.values[name]) in known[name]
            for name, reference in self._references.items()
        )

    def _value(self, plan: Plan, name: str, known: dict[str, dict[str, Any]]) -> Any:
        value = plan.values[name]
        if name in self._generics:
            return self._generic(plan, name)
        if name in self._files:
            return landing.local_name(plan.change, name, self._local_names)
        if name in self._columns:
            return decoded(self._columns[name], value)
        if value is None:
            return None
        key = natural_keys.text(value)
        found = known[name].get(key, ABSENT)
        if found is not ABSENT:
            return found
        reference = self._references[name]
        return self._later(plan, reference.field, reference.target, key)

    def _generic_ids(self, plans: Sequence[Plan]) -> dict[str, dict[generic.Name, Any]]:
        """{column: {object: its id here}}"""
        return {
            name: generic.ids(relation, [plan.values.get(name) for plan in plans], self.resolver.values)
            for name, relation in self._generics.items()
        }

    def _generic(self, plan: Plan, column: str) -> Any:
        """What it refers to was mostly written before: such feeds come last."""
        name = generic.name_of(plan.values[column])
        if name is None or name in self._ids[column]:
            return name and self._ids[column][name]
        target = find(name[0])
        if target is None:
            raise Unresolved(f"{self.feed.label}.{column}: {name[0]} {name[1]} is not here.")
        return self._later(plan, self._columns[column].field, target, name[1])

    def _later(self, plan: Plan, field: Any, target: Feed, key: str) -> Any:
        """The value until the object is here."""
        self.patches.append(Patch(feed=self.feed, plan=plan, field=field, target=target, key=key))
        return unique.temporary(field, next(_places))

    def _insert(self, plans: list[Plan], known: dict[str, dict[str, Any]]) -> None:
        by_names: dict[frozenset[str], list[Plan]] = defaultdict(list)
        for plan in plans:
            by_names[frozenset(self._own_names & plan.values.keys())].append(plan)
        for names, group in by_names.items():
            attnames = {name: self._field(name).attname for name in sorted(names)}
            values = [{attname: self._value(plan, name, known) for name, attname in attnames.items()} for plan in group]
            pks = insert.insert(self.feed, self.using, group, values, self.resolver)
            for plan, pk in zip(group, pks, strict=True):
                plan.pk = pk
                self.resolver.learn(self.feed, plan.change.key, pk)

    def _update(self, plans: list[Plan], known: dict[str, dict[str, Any]]) -> None:
        if not plans:
            return
        self._rekey(plans, known)
        names = {name for plan in plans for name in plan.differs & self._own_names} - {self.shape.pk.name}
        for field, temporaries in unique.stepping_aside(self.feed.model, plans):
            names.add(field.name)
            self._write(
                plans=[plan for plan, _ in temporaries], field=field, values=[value for _, value in temporaries]
            )
        by_names: dict[frozenset[str], list[Plan]] = defaultdict(list)
        for plan in plans:
            by_names[frozenset(names & plan.values.keys())].append(plan)
        for own, group in by_names.items():
            self._update_columns(sorted(own), group, known)
        renamed = [plan for plan in plans if plan.state is not None and plan.state.key != plan.change.key]
        if renamed:
            self.moved = True
            self.resolver.forget()
            rekeying.carry_children(self.feed, renamed, self.resolver)

    def _rekey(self, plans: list[Plan], known: dict[str, dict[str, Any]]) -> None:
        pk = self.shape.pk
        moving = {plan.pk: plan for plan in plans if pk.name in plan.differs}
        pks = {old: self._value(plan, pk.name, known) for old, plan in moving.items()}
        renamed = [plan for plan in plans if plan.state is not None and plan.state.key != plan.change.key]
        if pks:
            rekeying.rekey(self.feed.model, self.using, pks)
        pks |= rekeying.join_parents(self.feed, renamed, self.resolver)
        if pks:
            self.moved = True
            self.resolver.forget()
        for plan in plans:
            if plan.pk in pks:
                plan.pk = pks[plan.pk]
                plan.differs = frozenset(self.shape.names & plan.values.keys())  # another parent has other values
                self.resolver.learn(self.feed, plan.change.key, plan.pk)

    def _update_columns(self, names: list[str], plans: list[Plan], known: dict[str, dict[str, Any]]) -> None:
        followed = [name for name in names if name in self._columns and any(follow.referrers(self._field(name)))]
        for name in followed:
            moved = [plan for plan in plans if name in plan.differs and plan.state is not None]
            if moved:
                self.moved = True
                self._move(self._columns[name], moved)
        by_table: dict[type[Model], list[str]] = defaultdict(list)
        for name in names:
            if name not in followed:
                by_table[self._field(name).model].append(name)
        for model, own in by_table.items():
            fields = [self._field(name) for name in own]
            values = [[self._value(plan, name, known) for name in own] for plan in plans]
            self._set(model, plans, fields, values)

    def _move(self, column: Column, plans: list[Plan]) -> None:
        """A column that foreign keys refer to by its value."""
        values = [(plan.state.fields[column.name], plan.values[column.name]) for plan in plans if plan.state]
        pairs = [(decoded(column, old), decoded(column, new)) for old, new in values]
        with follow.unchecked(self.using):
            self._write(plans=plans, field=column.field, values=[new for _, new in pairs])
            follow.follow(column.field, self.using, pairs)

    def _write(self, *, plans: list[Plan], field: Any, values: list[Any]) -> None:
        self._set(field.model, plans, [field], [[value] for value in values])

    def _set(self, model: type[Model], plans: list[Plan], fields: list[Any], values: list[list[Any]]) -> None:
        write.update(model, self.using, fields, [[plan.pk, *own] for plan, own in zip(plans, values, strict=True)])
        columns = primary_keys.columns(model)
        if len(columns) > 1 and not set(columns).isdisjoint(fields):
            for plan, own in zip(plans, values, strict=True):
                new = dict(zip(columns, plan.pk, strict=True)) | dict(zip(fields, own, strict=True))
                plan.pk = primary_keys.of([new[column] for column in columns])
                self.resolver.learn(self.feed, plan.change.key, plan.pk)

    def _field(self, name: str) -> Any:
        return self._columns[name].field if name in self._columns else self._references[name].field


_places = itertools.count(1)


def decoded(column: Column, value: Any) -> Any:
    """The Python value. None of a JSON column is JSON's own null, unless the column may be NULL and it came as that."""
    if value is None:
        return None if column.field.null or not isinstance(column.field, JSONField) else Value(None, column.field)
    found = value if column.codec.decode is None else column.codec.decode(value)
    return Value(None, column.field) if found is None and isinstance(column.field, JSONField) else found
