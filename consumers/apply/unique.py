"""Third values: rows that hand unique values to each other step aside first (R18).

In: planned updates of one table. Out: temporary values for the rows whose present values are about to be taken by
another row of the same statement; the statement that follows gives them their own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models

from consumers.apply.plan import Plan
from feedsync import constraints, primary_keys
from feedsync.snapshot import State
from feedsync.wire import json

LARGEST_INTEGER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Together:
    """Fields of which no two rows have the same values. `exact`: whether values that differ are different to it; an
    expression may take them for equal. `also`: what decides whether it counts a row at all."""

    names: tuple[str, ...]
    exact: bool = True
    also: tuple[str, ...] = ()


@cache
def unique_sets(model: type[models.Model]) -> tuple[Together, ...]:
    """What is unique in the tables of the model, in any way that Django knows."""
    alone = [field.name for field in model._meta.concrete_fields if field.unique and not field.primary_key]
    return tuple(_declared(model)) + tuple(Together((name,)) for name in alone)


def _declared(model: type[models.Model]) -> Iterator[Together]:
    if primary_keys.is_composite(model):
        yield Together(tuple(field.name for field in primary_keys.columns(model)))
    for owner in (model, *model._meta.all_parents):
        yield from (Together(tuple(names)) for names in owner._meta.unique_together)
        found = [item for item in owner._meta.constraints if isinstance(item, models.UniqueConstraint)]
        yield from map(_constrained, found)


def _constrained(constraint: models.UniqueConstraint) -> Together:
    spoken = [name for one in constraint.expressions for name in constraints.of_expression(one)]
    also = tuple(constraints.of_condition(constraint.condition)) if constraint.condition else ()
    return Together((*constraint.fields, *spoken), exact=not spoken, also=also)


def move(model: type[models.Model], plans: Sequence[Plan]) -> bool:
    """Whether one of these gives a unique value up."""
    names = {name for together in unique_sets(model) for name in (*together.names, *together.also)}
    return any(not plan.creates and plan.differs & names for plan in plans)


def stepping_aside(model: type[models.Model], plans: Sequence[Plan]) -> Iterator[tuple[Any, list[tuple[Plan, Any]]]]:
    """(field, [(plan, temporary value)]) for each unique set in which plans collide. It has to be written again
    in any case, though it may not differ."""
    for together in unique_sets(model):
        aside = _aside(together, plans)
        brought = [name for name in together.names if all(name in plan.values for plan in aside)]
        field = _movable(model, brought) if aside else None
        if field is not None:
            yield field, [(plan, temporary(field, place)) for place, plan in enumerate(aside)]


def taken(model: type[models.Model], going: Sequence[State], plans: Sequence[Plan]) -> Iterator[tuple[Any, list[Any]]]:
    """(field, primary keys) of rows that go, whose unique values plans are about to write."""
    for together in unique_sets(model) if going else ():
        names = together.names
        own = {_written(state.fields, names): state.pk for state in going if _whole(state.fields, names)}
        wanted = {_written(plan.values, names) for plan in plans if _whole(plan.values, names)}
        field = _movable(model, names) if together.exact and wanted & own.keys() else None
        if field is not None:
            yield field, [own[spelling] for spelling in sorted(wanted & own.keys())]


def _whole(values: Mapping[str, Any], names: Sequence[str]) -> bool:
    return all(values.get(name) is not None for name in names)


def _written(values: Mapping[str, Any], names: Sequence[str]) -> bytes:
    return json.dumps([values[name] for name in names])


def _aside(together: Together, plans: Sequence[Plan]) -> list[Plan]:
    moving = [plan for plan in plans if plan.differs & {*together.names, *together.also}]
    if not together.exact:
        return moving if len(moving) > 1 else []
    present = {_spelling(plan, together.names, new=False): plan for plan in moving}
    taken = {_spelling(plan, together.names, new=True) for plan in moving}
    return [plan for spelling, plan in present.items() if spelling in taken]


def _spelling(plan: Plan, names: tuple[str, ...], *, new: bool) -> bytes:
    assert plan.state is not None
    values = {**plan.state.fields, **plan.values} if new else plan.state.fields
    return json.dumps([values.get(name) for name in names])


def _movable(model: type[models.Model], names: Sequence[str]) -> Any:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    # Null says nothing wrong; a reference to no row is wrong until the next statement.
    fields.sort(key=lambda field: (not field.null, field.is_relation))
    return next((field for field in fields if field.null or temporary(field, 0) is not None), None)


def temporary(field: Any, place: int) -> Any:
    """A value that no other row has: null where that is allowed; None where the type has no such value."""
    if field.null:
        return None
    column = field
    while column.is_relation:  # a key may be a reference in its turn
        column = column.target_field
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
