"""Objects whose natural keys run through objects that get other keys: they leave theirs without a change of their own.

In: rows of a feed, and which keys they leave and get. Out: the same of every feed whose keys run through it, at any
depth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from feedsync import natural_keys, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.registry import Feed
from feedsync.shape import Shape, shape_of


@dataclass(frozen=True, slots=True)
class Departure:
    """A row leaves a key, which means somebody else from this version on. `following`: its next one, None where it
    goes."""

    since: int
    key: str
    following: str | None


Departures = Mapping[Any, Departure]  # by primary key


def along(feed: Feed, leaving: Departures, using: str) -> Iterator[tuple[Feed, Departures]]:
    """Of feeds that anything refers to. What goes takes along who needs it, so that their keys are nobody's."""
    renamed = {pk: departure for pk, departure in leaving.items() if departure.following is not None}
    needed = {label for other in registry.feeds() for label in shape_of(other).needs} if renamed else set()
    for other in registry.feeds():
        paths = _paths(shape_of(other), feed) if other.label in needed else ()
        for path in paths:
            moved = _moved(other, path, feed, renamed, using)
            if moved:
                yield other, moved


def _moved(other: Feed, path: str, feed: Feed, renamed: Departures, using: str) -> Departures:
    rows = snapshot.rows(other, using).filter(any_of(using, f"{path}__pk", renamed))
    through = {pk: renamed[owner] for pk, [owner] in primary_keys.beside(rows, f"{path}__pk")}
    places = _places(shape_of(other), path, shape_of(feed))
    named = snapshot.named(other, rows) if through else []
    departures = {pk: _carried(key, through[pk], places) for pk, key in named if pk in through}
    return {pk: departure for pk, departure in departures.items() if departure.key != departure.following}


def _paths(shape: Shape, through: Feed) -> set[str]:
    """Lookups of the relations by which keys of this shape run through that feed's objects."""
    hops = ((part, place) for part in shape.key for place in range(1, len(part.chain)))
    return {
        "__".join(field.name for field in part.chain[:place])
        for part, place in hops
        if part.chain[place - 1].related_model is through.model
    }


def _places(shape: Shape, path: str, through: Shape) -> dict[int, int]:
    """{place in a key of this shape: place in the key of whom it runs through}"""
    own = {f"{path}__{part.lookup}": place for place, part in enumerate(through.key)}
    return {place: own[part.lookup] for place, part in enumerate(shape.key) if part.lookup in own}


def _carried(key: str, owner: Departure, places: Mapping[int, int]) -> Departure:
    assert owner.following is not None
    anew = natural_keys.parse(owner.following)
    parts = enumerate(natural_keys.parse(key))
    following = [anew[places[place]] if place in places else part for place, part in parts]
    return replace(owner, key=key, following=natural_keys.text(following))
