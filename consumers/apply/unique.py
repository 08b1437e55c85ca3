"""Third values: rows that hand unique values to each other step aside first (R18).

In: planned updates of one table. Out: temporary values for the rows whose present values are about to be taken by
another row of the same statement; the statement that follows gives them their own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from django.db import models

from consumers.apply.plan import Plan
from feedsync import primary_keys
from feedsync.wire import json

LARGEST_INTEGER = 2**31 - 1


@cache
def unique_sets(model: type[models.Model]) -> tuple[tuple[str, ...], ...]:
    """Names of fields that are unique together, in any way that Django knows; expressions have no names."""
    meta = model._meta
    alone: list[tuple[str, ...]] = [
        (field.name,) for field in meta.concrete_fields if field.unique and not field.primary_key
    ]
    constraints = [
        item.fields for item in meta.constraints if isinstance(item, models.UniqueConstraint) and item.fields
    ]
    whole = tuple(field.name for field in primary_keys.columns(model)) if primary_keys.is_composite(model) else ()
    alone += [whole] if whole else []
    return tuple(alone) + tuple(map(tuple, meta.unique_together)) + tuple(map(tuple, constraints))


def stepping_aside(model: type[models.Model], plans: Sequence[Plan]) -> Iterator[tuple[Any, list[tuple[Plan, Any]]]]:
    """(field, [(plan, temporary value)]) for each unique set in which plans collide."""
    for names in unique_sets(model):
        moving = [plan for plan in plans if plan.differs & set(names)]
        present = {_spelling(plan, names, new=False): plan for plan in moving}
        taken = {_spelling(plan, names, new=True) for plan in moving}
        aside = [plan for spelling, plan in present.items() if spelling in taken]
        field = _movable(model, names) if aside else None
        if field is not None:
            yield field, [(plan, temporary(field, place)) for place, plan in enumerate(aside)]


def _spelling(plan: Plan, names: tuple[str, ...], *, new: bool) -> bytes:
    assert plan.state is not None
    values = {**plan.state.fields, **plan.values} if new else plan.state.fields
    return json.dumps([values.get(name) for name in names])


def _movable(model: type[models.Model], names: tuple[str, ...]) -> Any:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    # Null says nothing wrong; a reference to no row is wrong until the next statement.
    fields.sort(key=lambda field: (not field.null, field.is_relation))
    return next((field for field in fields if field.null or temporary(field, 0) is not None), None)


def temporary(field: Any, place: int) -> Any:
    """A value that no other row has: null where that is allowed; None where the type has no such value."""
    if field.null:
        return None
    column = field.target_field if field.is_relation else field
    if isinstance(
        column, models.PositiveIntegerField | models.PositiveSmallIntegerField | models.PositiveBigIntegerField
    ):
        return LARGEST_INTEGER - place if not isinstance(column, models.PositiveSmallIntegerField) else 32767 - place
    if isinstance(column, models.IntegerField):
        return -place - 1
    if isinstance(column, models.UUIDField):
        return uuid.uuid4()
    if isinstance(column, models.CharField | models.TextField):
        return uuid.uuid4().hex[: column.max_length or 32]
    return None
