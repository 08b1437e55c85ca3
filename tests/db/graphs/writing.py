"""Random writes to models that one knows nothing of but what their `_meta` says."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, QuerySet
from django.db.models.fields import NOT_PROVIDED

from feedsync import primary_keys, registry

Model = type[models.Model]
WORDS = ["a", "b", "c", "d", "e/f", "~"]


def operations(found: Sequence[Model], told: list[str]) -> list[Callable[[random.Random], object]]:
    """What may be written to these models, each with dice of its own; `told` gets what was done, in words."""
    own = [model for model in found if not model._meta.auto_created]
    acts = [create, create, change, change, many_at_once, update, rename, swap, delete, members, upserted]
    return [_named(act, own, told) for act in acts]


def _named(act: Callable[..., object], own: Sequence[Model], told: list[str]) -> Callable[[random.Random], object]:
    def operation(dice: random.Random) -> None:
        model = dice.choice(own)
        with suppress(ProtectedError, IndexError, IntegrityError), transaction.atomic():
            told.append(f"{model.__name__}: {act.__name__} {act(model, dice)}")

    operation.__name__ = act.__name__
    return operation


def rows(model: Any) -> QuerySet[Any]:
    return QuerySet(model=model).order_by("pk")


def pick(model: Any, dice: random.Random) -> Any:
    """IndexError where there is none."""
    return dice.choice(list(rows(model)))


def create(model: Model, dice: random.Random) -> str:
    return _seen(Making(dice).new(model))


def change(model: Model, dice: random.Random) -> str:
    item = pick(model, dice)
    for field in _free(model):
        if dice.random() < 0.5:
            setattr(item, field.attname, value(field, dice))
    _refer(item, dice)
    item.save()
    return _seen(item)


def many_at_once(model: Model, dice: random.Random) -> str:
    if model._meta.parents:
        raise IndexError
    made = [Making(dice).unsaved(model) for _ in range(3)]
    QuerySet(model=model).bulk_create(made, ignore_conflicts=dice.random() < 0.5)
    return str(list(map(_seen, made)))


def upserted(model: Model, dice: random.Random) -> str:
    """Changed in bulk."""
    items = list(rows(model))[:3]
    fields = [field for field in _free(model) if not field.unique]
    for item in items:
        for field in fields:
            setattr(item, field.attname, value(field, dice))
    if items and fields:
        QuerySet(model=model).bulk_update(items, [field.name for field in fields])
    return str(list(map(_seen, items)))


def update(model: Model, dice: random.Random) -> str:
    fields = [field for field in _free(model) if not field.unique and field.name not in ("spot", "label")]
    if fields:
        field = dice.choice(fields)
        first, new = pick(model, dice).pk, value(field, dice)
        rows(model).filter(pk__gte=first).update(**{field.attname: new})
        return f"{field.name} of {first} and later: {new}"
    return ""


def rename(model: Model, dice: random.Random) -> str:
    """One part of the key, as long as it isn't the primary key that others refer to."""
    feed = registry.feed_of(model)
    names = {name.partition(".")[0] for name in feed.natural_key} if feed else set()
    parts: list[Any] = [model._meta.get_field(name) for name in sorted(names)]
    field = dice.choice([part for part in parts if not part.primary_key])
    item = pick(model, dice)
    new = value(field, dice)
    QuerySet(model=model).filter(pk=item.pk).update(**{field.attname: new})
    return f"{_seen(item)}: {field.name} {new}"


def swap(model: Model, dice: random.Random) -> str:
    """Two rows hand each other what is unique."""
    names = [name for name in ("rank", "label", "code") if _has(model, name)]
    field: Any = model._meta.get_field(dice.choice(names))
    one, other = dice.sample(list(rows(model)), 2) if rows(model).count() > 1 else (None, None)
    if one is None or other is None or field.primary_key:
        raise IndexError
    first, second = getattr(one, field.attname), getattr(other, field.attname)
    for item, new in ((one, "moving" if isinstance(field, models.CharField) else -1), (other, first), (one, second)):
        QuerySet(model=model).filter(pk=item.pk).update(**{field.attname: new})
    return f"{field.name} of {one.pk} and {other.pk}: {first}, {second}"


def delete(model: Model, dice: random.Random) -> str:
    item = pick(model, dice)
    told = _seen(item)
    item.delete()
    return told


def members(model: Model, dice: random.Random) -> str:
    many = [field for field in model._meta.many_to_many if field.remote_field.through._meta.auto_created]  # type: ignore[union-attr]
    field: Any = dice.choice(many)
    targets = list(rows(field.related_model))
    chosen = dice.sample(targets, dice.randint(0, min(3, len(targets))))
    owner, act = pick(model, dice), dice.choice(["add", "remove", "set"])
    manager = getattr(owner, field.name)
    manager.set(chosen) if act == "set" else getattr(manager, act)(*chosen)
    return f"{field.name} of {owner.pk}: {act} {[item.pk for item in chosen]}"


class Making:
    """A new row and what it can't be without, which may in turn need it."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.underway: dict[Model, Any] = {}

    def new(self, model: Model) -> Any:
        item = self.unsaved(model)
        item.save(force_insert=True)
        return item

    def unsaved(self, model: Model) -> Any:
        item = model()
        if isinstance(model._meta.pk, models.AutoField) and self._in_a_ring(model):
            item.pk = self.dice.randrange(10**6, 10**9)
        self.underway[model] = item
        for field in model._meta.concrete_fields:
            if _set_by_others(field):
                continue
            if isinstance(field, models.ForeignKey):
                setattr(item, field.attname, self._reference(field))
            else:
                setattr(item, field.attname, value(field, self.dice))
        _refer(item, self.dice)
        return item

    def _reference(self, field: Any) -> Any:
        target, name = field.related_model, field.target_field.attname
        if target in self.underway and getattr(self.underway[target], name) is not None and not field.null:
            return getattr(self.underway[target], name)
        found = list(rows(target)) if target is not ContentType else kinds()
        if field.null and (not found or self.dice.random() < 0.4):
            return None
        if found and (not field.unique or self.dice.random() < 0.7):
            return getattr(self.dice.choice(found), name)
        if target in self.underway and not found:
            raise IntegrityError(f"The first {target.__name__} needs one that is there.")
        return getattr(self.new(target), name)

    def _in_a_ring(self, model: Model) -> bool:
        return (
            any(isinstance(field, models.ForeignKey) and not field.null for field in model._meta.concrete_fields)
            and not model._meta.parents
        )


def kinds() -> list[Any]:
    return list(ContentType.objects.filter(app_label="library", model__startswith="m").order_by("model"))


def value(field: Any, dice: random.Random) -> Any:
    """A value that the column may hold; of a reference the column of some row."""
    if isinstance(field, models.ForeignKey):
        found = kinds() if field.related_model is ContentType else list(rows(field.related_model))
        if field.null and (not found or dice.random() < 0.3):
            return None
        return getattr(dice.choice(found), field.target_field.attname)
    if field.null and dice.random() < 0.3:
        return None
    return next(make(dice) for kind, make in VALUES.items() if isinstance(field, kind))


VALUES: dict[Any, Callable[[random.Random], Any]] = {
    models.BooleanField: lambda dice: dice.random() < 0.5,
    models.UUIDField: lambda dice: uuid.UUID(int=dice.randrange(1, 2**100)),
    models.DecimalField: lambda dice: Decimal(dice.randrange(-999, 999)) / 100,
    models.DateTimeField: lambda dice: (
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=dice.randrange(10**6))
    ),
    models.JSONField: lambda dice: dice.choice([{}, {"a": [1, None]}, [], "x", 0, False]),
    models.BinaryField: lambda dice: dice.randbytes(3),
    models.IntegerField: lambda dice: dice.randrange(1, 6),
    models.CharField: lambda dice: dice.choice(WORDS),
    models.TextField: lambda dice: dice.choice(WORDS),
}


def _free(model: Model) -> list[Any]:
    """Columns that a user edits: no keys, nothing that is computed."""
    feed = registry.feed_of(model)
    key = {name.partition(".")[0] for name in feed.natural_key} if feed else set()
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in key and field not in primary_keys.columns(model) and not _set_by_others(field)
    ]


def _refer(item: Any, dice: random.Random) -> None:
    """A generic relation: to nothing, or to any row."""
    if not _has(type(item), "object_id"):
        return
    item.kind_id = item.object_id = None
    targets = [feed.model for feed in registry.feeds() if isinstance(feed.model._meta.pk, models.AutoField)]
    found = [row for model in targets for row in rows(model)]
    if found and dice.random() < 0.7:
        row = dice.choice(found)
        item.kind_id = next(kind.pk for kind in kinds() if kind.model == row._meta.model_name)
        item.object_id = row.pk


def _set_by_others(field: Any) -> bool:
    if field.name in ("kind", "object_id"):
        return True
    made = (
        isinstance(field, models.AutoField) or getattr(field, "generated", False) or getattr(field, "auto_now", False)
    )
    link = bool(field.remote_field and getattr(field.remote_field, "parent_link", False))
    return made or link or field.db_default is not NOT_PROVIDED


def _has(model: Model, name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)


def _seen(item: Any) -> str:
    fields = [field for field in item._meta.concrete_fields if not getattr(field, "generated", False)]
    return str({field.attname: getattr(item, field.attname) for field in fields})
