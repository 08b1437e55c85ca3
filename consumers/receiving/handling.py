"""Verdicts into the database, a batch for each alias; what becomes of the messages is a value.

`Ack`: everything is committed, the messages may be acknowledged (invariants 4 and 7). `Retry`: the database can't take
them now, nothing is lost as long as they are not acknowledged. Here an error becomes an outcome.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from django.db import Error as DatabaseTrouble
from django.db import connections
from django.utils import timezone

from consumers.apply import apply
from consumers.apply.outcome import Outcome
from consumers.receiving import keeping, late
from consumers.receiving.delivery import Delivery
from consumers.receiving.judging import Apply, Hold, Pass, Poison, Verdict
from feedsync.errors import FeedsyncError
from feedsync.wire.page import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """`refused`: why messages became dead changes; `held`: why some wait for an upgrade."""

    deliveries: Sequence[Delivery]
    outcome: Outcome
    refused: Sequence[str] = ()
    held: Sequence[str] = ()
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Nothing of it is to be acknowledged: the database `alias` refused."""

    deliveries: Sequence[Delivery]
    alias: str
    error: Exception


@dataclass(slots=True)
class _Group:
    """What one database gets of a batch."""

    applies: list[Apply] = field(default_factory=list)
    poisons: list[Poison] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)

    @property
    def deliveries(self) -> list[Delivery]:
        verdicts: list[Verdict] = [*self.applies, *self.poisons, *self.holds]
        return [item.delivery for item in verdicts]


def handle(verdicts: Iterable[Verdict]) -> Iterator[Ack | Retry]:
    groups: dict[str, _Group] = {}
    passed: list[Pass] = []
    for verdict in verdicts:
        match verdict:
            case Apply(alias=alias):
                groups.setdefault(alias, _Group()).applies.append(verdict)
            case Poison(alias=alias):
                groups.setdefault(alias, _Group()).poisons.append(verdict)
            case Hold(alias=alias):
                groups.setdefault(alias, _Group()).holds.append(verdict)
            case Pass():
                passed.append(verdict)
            case _:
                assert_never(verdict)
    if passed:
        ignored = Outcome(ignored=sum(item.ignored for item in passed))
        yield Ack(deliveries=[item.delivery for item in passed], outcome=ignored)
    for alias, group in groups.items():
        yield _take_in(alias, group)


def _take_in(alias: str, group: _Group) -> Ack | Retry:
    try:
        outcome = _write(alias, group)
    except (DatabaseTrouble, FeedsyncError) as error:
        forsake(alias)
        return Retry(deliveries=group.deliveries, alias=alias, error=error)
    return Ack(
        deliveries=group.deliveries,
        alias=alias,
        outcome=outcome,
        refused=[item.reason for item in group.poisons],
        held=[item.reason for item in group.holds],
    )


def _write(alias: str, group: _Group) -> Outcome:
    outcome = Outcome()
    for poison in group.poisons:
        keeping.bury(poison)
    for held in group.holds:
        keeping.hold(held)
    changes = [change for item in group.applies for change in _in_time(item, outcome)]
    if changes:
        outcome.add(apply(changes, using=alias))
    return outcome


def _in_time(item: Apply, outcome: Outcome) -> Sequence[Change]:
    """Without what can't be told from something that was deleted since (P9)."""
    now = timezone.now()
    if not late.is_late(item.delivery.published_at, now):
        return item.changes
    return late.judged(item.alias, item.changes, now, outcome)


def forsake(alias: str) -> None:
    """Give up a connection that may be broken, so that the next attempt makes a new one."""
    if not connections[alias].in_atomic_block:
        connections[alias].close()
