"""Which feed comes before which: what others refer to first.

In: the registered feeds' targets. Out: every label's place; a cycle is broken at the same edge every time. It is a
help, never a promise (invariant 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from feedsync import registry
from feedsync.shape import shape_of

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
    seen: set[str] = set()
    for label in sorted(feed.label for feed in registry.feeds()):
        yield from _visit(label, seen)


def _visit(label: str, seen: set[str]) -> Iterator[str]:
    """Depth first; an edge back to a feed that is still being visited is the one that breaks a cycle."""
    feed = registry.find(label)
    if feed is None or label in seen:
        return
    seen.add(label)
    for target in sorted(shape_of(feed).targets):
        yield from _visit(target, seen)
    yield label
