"""How changes are to be applied, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from feedsync.wire.page import Change

if TYPE_CHECKING:
    from consumers.apply.plan import Plan


class Mode(StrEnum):
    """LIVE: only what is newer. PULL: an equal version with other content is written too, unless a local edit is
    pending. AGAIN: what was parked, perhaps after it had been in effect: equal versions pass. INSIST: so too, and what
    has waited in vain; whoever stands at its key has lost it, and goes."""

    LIVE = "live"
    PULL = "pull"
    AGAIN = "again"
    INSIST = "insist"


@dataclass(slots=True)
class Outcome:
    """Counts of objects. `superseded`: something newer stands here; `ignored`: the feed isn't registered here;
    `drifted`: edited here, and left so.

    `written`, `gone`, `left`: of a pull, what was created or updated, with the state before, what was deleted, and what
    would have been written if its drift were not to be left.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    parked: int = 0
    dead: int = 0
    superseded: int = 0
    ignored: int = 0
    drifted: int = 0
    uprooted: list[Change] = field(default_factory=list, repr=False, compare=False)  # to be applied again at once
    written: list[Plan] = field(default_factory=list, repr=False, compare=False)
    gone: list[Change] = field(default_factory=list, repr=False, compare=False)
    left: list[Plan] = field(default_factory=list, repr=False, compare=False)

    def add(self, other: Outcome) -> None:
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.uprooted += other.uprooted

    def absorb(self, other: Outcome) -> None:
        """What another transaction of the same call did, with its objects."""
        self.add(other)
        self.written += other.written
        self.gone += other.gone
        self.left += other.left

    @property
    def total(self) -> int:
        return sum(getattr(self, name) for name in COUNTED)


COUNTED = tuple(item.name for item in fields(Outcome) if item.type == "int")
