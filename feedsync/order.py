"""Which feed comes before which: what others refer to first.

In: the registered feeds' targets. Out: every label's place; a cycle is broken at the same edge every time, one
that may be null if there is any. It is a help, never a promise (invariant 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from feedsync import registry
from feedsync.shape import Need, shape_of

Edges = Mapping[str, Mapping[str, Need]]  # {feed: {what it refers to: how much}}

_places: dict[int, dict[str, int]] = {}  # {generation of the registry: {label: place}}


def places() -> dict[str, int]:
    """{label: place} of every registered feed."""
    generation = registry.registry.generation
    if generation not in _places:
        fresh = {label: place for place, label in enumerate(_parents_first())}
        _places.clear()
        _places[generation] = fresh
        return fresh
    return _places[generation]


def parents_first(labels: Iterable[str]) -> list[str]:
    """The labels, those that others refer to first; unknown ones last."""
    known = places()
    return sorted(labels, key=lambda label: (known.get(label, len(known)), label))


def _parents_first() -> Iterator[str]:
    labels = sorted(feed.label for feed in registry.feeds())
    edges = {feed.label: shape_of(feed).needs for feed in registry.feeds()}
    seen: set[str] = set()
    for label in labels:
        yield from _visit(label, edges, seen, ())


def _visit(label: str, edges: Edges, seen: set[str], path: tuple[str, ...]) -> Iterator[str]:
    """Depth first. A cycle breaks where it is needed least: no edge is followed where a stronger one leads back."""
    if label not in edges or label in seen:
        return
    seen.add(label)
    path = (*path, label)
    for target, need in sorted(edges[label].items(), key=lambda edge: (-edge[1], edge[0])):
        if not set(path) & _reached(target, edges, above=need):
            yield from _visit(target, edges, seen, path)
    yield label


def _reached(label: str, edges: Edges, *, above: Need) -> set[str]:
    """The feed and what comes before it in any case."""
    found: set[str] = set()
    ahead = [label]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += [target for target, need in edges.get(one, {}).items() if need > above]
    return found
