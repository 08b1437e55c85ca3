"""What a write to a table means for the feeds.

In: the model class of a statement, also a historical one of a migration (another class, the same label, R3). Out:
`Target`s, each saying which column of a written row names an object of which feed. Computed once a class, until
`forget`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from django.db import models

from feedsync import primary_keys, registry
from feedsync.capture.keys import KeyColumns, key_columns
from feedsync.capture.postgres import Insertion, insertion
from feedsync.conf import OneWay, settings
from feedsync.registry import Feed

Model: TypeAlias = type[models.Model]


class Kind(StrEnum):
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


class Role(StrEnum):
    OBJECT = "object"  # the row is the object
    ANCESTOR = "ancestor"  # the row is the parent part of an object that lies in several tables
    MEMBER = "member"  # the row connects the object with a member of one of its sets


# A parent's row comes before its child's, and goes after it: then the child's own row makes the mark.
ROLES = {
    Kind.INSERT: {Role.OBJECT, Role.MEMBER},
    Kind.UPDATE: {Role.OBJECT, Role.ANCESTOR, Role.MEMBER},
    Kind.DELETE: {Role.OBJECT, Role.MEMBER},
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """`columns`: the fields of the written table that name the object, as its primary key has them. `lookup`: where the
    object is a child of the named row, the way from the feed's model to that row; else empty."""

    feed: Feed
    model: Model
    role: Role
    columns: tuple[Any, ...]
    lookup: str = ""

    @property
    def is_member(self) -> bool:
        return self.role is Role.MEMBER


@dataclass(frozen=True, kw_only=True, eq=False)
class Concern:
    """The targets of one kind of statement, and what follows from them whatever the statement says."""

    targets: tuple[Target, ...]

    @cached_property
    def columns(self) -> list[Any]:
        """What to return of each row, so that its marks can be made."""
        return list(dict.fromkeys(column for target in self.targets for column in target.columns))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(target.feed.label for target in self.targets)

    @cached_property
    def insertion(self) -> Insertion | None:
        """How PostgreSQL makes the marks within the statement; None where it can't."""
        return insertion(self.targets)


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """All targets of a table."""

    model: Model
    targets: tuple[Target, ...]

    @cached_property
    def concerns(self) -> dict[Kind, Concern | None]:
        """None where a kind of statement concerns no feed."""
        return {kind: self._concern(kind) for kind in Kind}

    def _concern(self, kind: Kind) -> Concern | None:
        targets = tuple(target for target in self.targets if target.role in ROLES[kind])
        return Concern(targets=targets) if targets else None

    @cached_property
    def own(self) -> Target | None:
        """The feed whose objects the rows are."""
        return next((target for target in self.targets if target.role is Role.OBJECT), None)

    @cached_property
    def key(self) -> KeyColumns | None:
        """How to tell the natural key of a row that goes; None where this class of the model can't."""
        return key_columns(self.own.feed, self.model) if self.own else None


# Weak, because a migration makes and drops classes.
_plans: WeakKeyDictionary[Model, Plan | None] = WeakKeyDictionary()


_one_way: dict[str, OneWay] = {}  # as it was when these plans were made


def plan_of(model: Model) -> Plan | None:
    """The plan of a concrete model's table; None where no feed is concerned."""
    if settings().one_way != _one_way:
        _plans.clear()
        _one_way.clear()
        _one_way.update(settings().one_way)
    try:
        return _plans[model]
    except KeyError:
        return _plans.setdefault(model, _make(model))


def forget() -> None:
    """Plan anew: a registration changed."""
    _plans.clear()


def _make(model: Model) -> Plan | None:
    targets = tuple(_targets(model))
    return Plan(model=model, targets=targets) if targets else None


def _targets(model: Model) -> Iterator[Target]:
    owner = model._meta.auto_created
    for feed in registry.feeds():
        known = None if settings().one_way_policy(feed.label) else _known(feed, model)
        if known is None:
            continue
        if known is model:
            yield Target(feed=feed, model=model, role=Role.OBJECT, columns=primary_keys.columns(model))
        elif model in known._meta.get_parent_list():
            columns, lookup = primary_keys.columns(model), _path(known, model)
            yield Target(feed=feed, model=known, role=Role.ANCESTOR, columns=columns, lookup=lookup)
        elif isinstance(owner, type) and issubclass(known, owner):
            yield from _memberships(feed, known, model)


def _known(feed: Feed, model: Model) -> Model | None:
    """The feed's model as the app registry of `model` has it: a migration's registry has its own classes."""
    for label in dict.fromkeys((feed.model_label, feed.label)):  # in a migration it may have its former name
        with suppress(LookupError):
            return model._meta.apps.get_model(label)
    return None


def _memberships(feed: Feed, known: Model, through: Model) -> Iterator[Target]:
    for field in known._meta.many_to_many:
        listed = field.name not in feed.exclude if feed.fields is None else field.name in feed.fields
        if field.remote_field.through is through and listed:
            source: Any = through._meta.get_field(field.m2m_field_name())
            lookup = _path(known, source.related_model._meta.concrete_model)
            yield Target(feed=feed, model=known, role=Role.MEMBER, columns=(source,), lookup=lookup)


def _path(model: Model, ancestor: Model) -> str:
    """The lookup along parent links from a child's model to its ancestor; empty where they are the same."""
    names = []
    while model is not ancestor:
        link: Any = model._meta.get_ancestor_link(ancestor)
        names.append(link.name)
        model = link.remote_field.model
    return "__".join(names)
