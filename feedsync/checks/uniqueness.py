"""Whether the database guarantees that a natural key stands for one row.

In: a model and dotted paths. Out: yes or no. A relation counts as known where the paths below it identify its target,
so that unique (language, key) backs `language.country.code, language.code, key`. NULL parts match NULL (R22), but most
databases let NULLs repeat: a nullable column counts only where its constraint forbids that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import Q, UniqueConstraint

from feedsync import constraints, primary_keys, registry

Names = frozenset[str]
ModelClass = type[models.Model]


def identifies(model: ModelClass, paths: Iterable[str]) -> bool:
    known = _known(model, paths)
    return any(names and names <= known and _no_null_repeats(model, names, safe) for names, safe in _unique(model))


def _known(model: ModelClass, paths: Iterable[str]) -> Names:
    """The model's own fields that the paths settle."""
    below: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition(".")
        below.setdefault(_pk_name(model) if name == "pk" else name, []).append(rest)
    return frozenset(name for name, rests in below.items() if "" in rests or _settles(model, name, rests))


def _settles(model: ModelClass, name: str, rests: list[str]) -> bool:
    target: Any = model._meta.get_field(name).related_model
    feed = registry.feed_of(target)
    return (feed is not None and set(feed.natural_key) <= set(rests)) or identifies(target, rests)


def _unique(model: ModelClass) -> Iterator[tuple[Names, bool]]:
    """(fields that are unique together, whether NULLs can't repeat)."""
    yield frozenset(field.name for field in primary_keys.columns(model)), True
    for field in model._meta.concrete_fields:
        if field.unique:
            yield frozenset([field.name]), field.primary_key
    for owner in [model, *model._meta.all_parents]:
        for together in owner._meta.unique_together:
            yield frozenset(together), False
        for constraint in owner._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and constraint.condition is None:
                yield _constrained(constraint), constraint.nulls_distinct is False


def _constrained(constraint: UniqueConstraint) -> Names:
    """Columns of a constraint. What is unique after a function, as Lower, is unique before it."""
    columns = {name for expression in constraint.expressions for name in constraints.of_expression(expression)}
    return frozenset(constraint.fields) | columns


def _no_null_repeats(model: ModelClass, names: Names, safe: bool) -> bool:
    nullable = [name for name in names if model._meta.get_field(name).null]
    if safe or not nullable:
        return True
    return len(nullable) == 1 and _guarded(model, names - set(nullable), nullable[0])


def _guarded(model: ModelClass, others: Names, nullable: str) -> bool:
    """The classic pair: a second constraint over the others, on the condition that the column is NULL."""
    wanted = Q(**{f"{nullable}__isnull": True})
    return any(
        isinstance(constraint, UniqueConstraint)
        and constraint.condition == wanted
        and frozenset(constraint.fields) <= others
        and bool(constraint.fields)
        for constraint in model._meta.constraints
    )


def _pk_name(model: ModelClass) -> str:
    pk = model._meta.pk
    assert pk is not None
    return pk.name
