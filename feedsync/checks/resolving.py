"""A registration resolved step by step, so that the checks can tell everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import models

from feedsync import replicable, shape
from feedsync.registry import Feed
from feedsync.shape import UnusableRegistration

Step = Callable[[], Any]


def names(feed: Feed) -> frozenset[str]:
    """Names of the fields that the registration replicates, whether or not it can work."""
    if feed.fields is None:
        return frozenset(field.name for field in replicable.default_fields(feed))
    return frozenset(feed.fields) | {path.partition(".")[0] for path in feed.natural_key}


def problems(feed: Feed) -> Iterator[UnusableRegistration]:
    """Everything that makes `shape_of` raise."""
    named: list[Step] = [partial(shape.chosen, feed, name) for name in feed.fields or ()]
    fields = (
        replicable.default_fields(feed) if feed.fields is None else [field for _, field in map(_try, named) if field]
    )
    relations = [field for field in fields if isinstance(field, models.ForeignKey | models.ManyToManyField)]
    first: list[Step] = [partial(shape.resolve_key, feed), partial(shape.check_excluded, feed)]
    last: list[Step] = [partial(shape.referred, it, feed) for it in relations]
    last.append(partial(shape.check_generic, feed, names(feed)))
    for step in first + named + last:
        problem, _ = _try(step)
        if problem:
            yield problem


def _try(step: Step) -> tuple[UnusableRegistration | None, Any]:
    try:
        return None, step()
    except UnusableRegistration as problem:
        return problem, None
