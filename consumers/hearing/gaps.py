"""Whose changes don't arrive where: from what this environment knows of its sources, and only what is sure.

Of its sources it knows whom they hear and whose changes they pass on, as they said at the last handshake; of others
nothing, so that a way over them is taken for one. An environment that hears nobody is a source only: nothing is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from consumers.models import DataSource
from consumers.receiving.delivery import forwards_of
from feedsync.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """`via`: who would have to pass it on."""

    origin: str
    target: str
    via: tuple[str, ...]

    @property
    def text(self) -> str:
        here = self.target == settings().environment
        place, who = ("here", "this environment") if here else (f"at {self.target}", self.target)
        missing = f"{who} isn't subscribed to it, and nobody passes it on."
        return f"What {self.origin} changes doesn't arrive {place}: {missing}"

    @property
    def remedy(self) -> str:
        over = f', or set FEEDSYNC["FORWARD"] at {" or ".join(self.via)}' if self.via else ""
        return f"Let {self.target} subscribe to {self.origin}{over}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One environment of which it is known whom it hears."""

    hears: frozenset[str]
    forwards: bool | tuple[str, ...]

    def passes_on(self, origin: str) -> bool:
        return self.forwards if isinstance(self.forwards, bool) else origin in self.forwards


def find() -> list[Gap]:
    """Of changes of others; what changes here is for those to miss who don't hear it."""
    mine = settings().environment
    known = _known(mine)
    everybody = set(known) | {name for one in known.values() for name in one.hears}
    return [
        gap
        for target in sorted(known)
        if known[target].hears
        for origin in sorted(everybody - {mine, target})
        for gap in _missed(origin, target, known, everybody)
    ]


def _known(mine: str) -> dict[str, Known]:
    rows = list(DataSource.objects.filter(enabled=True))
    heard = frozenset(row.env_name for row in rows if row.subscription)
    options = settings()
    known = {mine: Known(hears=heard, forwards=options.forward if options.topic is not None else False)}
    for row in rows:
        if row.asked_at is not None and row.subscription:
            known[row.env_name] = Known(hears=frozenset(row.hears or ()), forwards=forwards_of(row))
    return known


def _missed(origin: str, target: str, known: dict[str, Known], everybody: set[str]) -> Iterator[Gap]:
    reached = {origin}
    while True:
        tellers = {name for name in reached if name == origin or name not in known or known[name].passes_on(origin)}
        further = {name for name in everybody if name not in known or known[name].hears & tellers} - reached
        if not further:
            break
        reached |= further
    if target not in reached:
        via = sorted(name for name in known[target].hears & set(known) if name in reached)
        yield Gap(origin=origin, target=target, via=tuple(via))
