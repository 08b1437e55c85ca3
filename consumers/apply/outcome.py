"""How changes are to be applied, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum


class Mode(StrEnum):
    """LIVE: only what is newer. PULL: an equal version with other content is written too, unless a local edit is
    pending. INSIST: what has waited in vain; whoever stands at its key has lost it, and goes."""

    LIVE = "live"
    PULL = "pull"
    INSIST = "insist"


@dataclass(slots=True)
class Outcome:
    """Counts of objects. `superseded`: something newer stands here; `ignored`: the feed isn't registered here."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    parked: int = 0
    dead: int = 0
    superseded: int = 0
    ignored: int = 0

    def add(self, other: Outcome) -> None:
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))

    @property
    def total(self) -> int:
        return sum(getattr(self, item.name) for item in fields(self))
