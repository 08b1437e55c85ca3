"""Apply changes, whatever is among them: the one entrance for feed and pull.

A batch is one transaction. A failing batch is halved until the culprit is alone; the culprit is parked or dead, and
the rest has its effect (invariant 7). Deadlocks are tried again (R15). This is the one place that turns an error into
an outcome.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from django.db import InterfaceError, OperationalError
from django.db.models import ProtectedError, RestrictedError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from consumers import dead, parking
from consumers.apply import faults, same
from consumers.apply.attempt import Attempt, overtaken
from consumers.apply.gate import address, left, newest_of
from consumers.apply.outcome import Mode, Outcome
from consumers.apply.patching import Unresolved
from consumers.apply.plan import Displaced
from consumers.files.wanted import usable
from consumers.parking import Reason, Waiting
from feedsync import clock, ledger, natural_keys, primary_keys, registry
from feedsync.errors import TransientError
from feedsync.ledger import Address
from feedsync.wire.page import Change

logger = logging.getLogger("feedsync.apply")

FUTURE_MILLISECONDS = 5 * 60 * 1000  # how far another environment's clock may be ahead (P8)
Then = Callable[[], None]

CONFLICTS_A_BATCH = 20
GENERATIONS = 8


def apply(
    changes: Sequence[Change],
    *,
    using: str,
    mode: Mode = Mode.LIVE,
    then: Then | None = None,
    now: clock.Milliseconds = clock.wall_clock,
) -> Outcome:
    """Bring the changes into this database; answers counts. `then` runs in the last transaction, for a cursor (R27).

    Raises OperationalError when the database can't be reached: nothing of the failing part had an effect.
    """
    outcome = Outcome()
    known = [usable(change) for change in changes if registry.find(change.feed) is not None]
    outcome.ignored += len(changes) - len(known)
    horizon = clock.at(now() + FUTURE_MILLISECONDS)
    ahead = [change for change in known if change.version > horizon]
    _park_ahead(using, ahead, outcome)
    timely = [change for change in known if change.version <= horizon]
    if mode is Mode.PULL:
        count = len(timely)
        timely = same.differing(timely, using)
        outcome.unchanged += count - len(timely)
    _apply(timely, using, mode, then, outcome)
    _apply_uprooted(using, outcome)
    if outcome.updated or outcome.deleted:
        _retry_conflicts(using, {change.feed for change in timely}, mode, outcome)
    return outcome


def _apply_uprooted(using: str, outcome: Outcome) -> None:
    """What refers to keys that moved: mostly whoever has them now came along."""
    for _ in range(GENERATIONS):
        changes, outcome.uprooted = outcome.uprooted, []
        if not changes:
            return
        again = Outcome()
        _apply(changes, using, Mode.AGAIN, None, again)
        outcome.uprooted += again.uprooted


def _retry_conflicts(using: str, feeds: set[str], mode: Mode, outcome: Outcome) -> None:
    """A unique value may be free now."""
    waiting = parking.applicable(using, feeds=feeds, limit=CONFLICTS_A_BATCH)
    if waiting:
        again = Outcome()
        _apply(waiting, using, mode, None, again)
        outcome.absorb(replace(again, parked=0, dead=0, superseded=0, unchanged=0))


def _park_ahead(using: str, ahead: list[Change], outcome: Outcome) -> None:
    if ahead:
        detail = "Its version is more than five minutes ahead of this environment's clock."
        parking.park(using, [Waiting(change=change, reason=Reason.CLOCK, detail=detail) for change in ahead])
        outcome.parked += len(ahead)


def _apply(changes: Sequence[Change], using: str, mode: Mode, then: Then | None, outcome: Outcome) -> None:
    try:
        outcome.absorb(_attempt(changes, using, mode, then))
    except (OperationalError, InterfaceError, TransientError):
        raise  # the database, or `then`: a cursor's lease was lost; no change is to blame
    except Exception as error:  # noqa: BLE001 - whatever a row or a user's handler raises must not stop the others
        if not _released(changes, using, mode, then, error, outcome):
            _divide(changes, using, mode, then, error, outcome)


def _divide(
    changes: Sequence[Change], using: str, mode: Mode, then: Then | None, error: Exception, outcome: Outcome
) -> None:
    objects = _by_object(changes)
    if len(objects) > 1:
        middle = len(objects) // 2
        _apply(list(chain(*objects[:middle])), using, mode, None, outcome)
        _apply(list(chain(*objects[middle:])), using, mode, then, outcome)
        return
    _isolate(changes, using, mode, error, outcome)
    if then is not None:
        _attempt((), using, mode, then)


def _released(
    changes: Sequence[Change], using: str, mode: Mode, then: Then | None, error: Exception, outcome: Outcome
) -> bool:
    """Whether it works where rows that go let go of unique values first, which others get."""
    if not faults.violates_uniqueness(error) or not any(change.deleted for change in changes):
        return False
    try:
        outcome.absorb(_attempt(changes, using, mode, then, release=True))
    except (OperationalError, InterfaceError, TransientError):
        raise
    except Exception:  # noqa: BLE001 - as before: the first error counts
        return False
    return True


def _by_object(changes: Sequence[Change]) -> list[list[Change]]:
    """What is said of one object stays together: an older change may say which keys it left, and the newest not."""
    found: dict[Address, list[Change]] = {}
    for change in changes:
        found.setdefault(address(change), []).append(change)
    return list(found.values())


def _attempt(
    changes: Sequence[Change],
    using: str,
    mode: Mode,
    then: Then | None,
    *,
    join: bool = True,
    release: bool = False,
) -> Outcome:
    """One transaction, again after a deadlock."""
    retrying = Retrying(
        retry=retry_if_exception(faults.deadlocked),
        stop=stop_after_attempt(8),
        wait=wait_random_exponential(0.01, 1),
        reraise=True,
    )
    return retrying(lambda: Attempt(using, mode, join, release).run(changes, then))


def _isolate(changes: Sequence[Change], using: str, mode: Mode, error: Exception, outcome: Outcome) -> None:
    """What fails alone, of one object: with the conflicts that it may resolve, without anything that joined it, then
    aside."""
    if not changes:
        raise error
    changes = [*changes, *overtaken(using, changes)]
    [change] = newest_of(changes)
    for companions, join in ((_conflicts(using, change), True), ([], False)):
        if companions or not join:
            try:
                outcome.absorb(_attempt([*changes, *companions], using, mode, None, join=join))
                return
            except (OperationalError, InterfaceError):
                raise
            except Exception as again:  # noqa: BLE001 - as above
                error = again if not companions else error
    _put_aside(using, change, error, outcome)
    if change.deleted:
        detail = f"It left this key before its deletion, which waits: {natural_keys.readable(change.key)}"
        burials = [each for older in changes for each in left(older, change)]
        parking.park(using, [Waiting(change=each, reason=Reason.CONFLICT, detail=detail) for each in burials])


def _conflicts(using: str, change: Change) -> list[Change]:
    return [other for other in parking.applicable(using, feeds=[change.feed], limit=100) if other.key != change.key]


def _put_aside(using: str, change: Change, error: Exception, outcome: Outcome) -> None:
    waiting = _waiting(using, change, error)
    if waiting is not None:
        parking.park(using, [waiting])
        outcome.parked += 1
    else:
        dead.bury(using, change, f"{type(error).__name__}: {str(error)[:1000]}")
        outcome.dead += 1
    fate = "dead" if waiting is None else "parked"
    known = {"feed": change.feed, "key": change.key, "reason": str(error)}
    logger.warning("%s %s is %s: %s", change.feed, natural_keys.readable(change.key), fate, error, extra=known)


def _waiting(using: str, change: Change, error: Exception) -> Waiting | None:
    """What a change that failed waits for; None if only a person can help."""
    park = partial(Waiting, change=change, detail=str(error)[:1000])
    if isinstance(error, ProtectedError | RestrictedError):
        feed, key = _protecting(using, error)
        return park(reason=Reason.PROTECTED, feed=feed, key=key)
    if isinstance(error, Displaced):
        return park(reason=Reason.CONFLICT, feed=change.feed, key=change.key)
    if isinstance(error, Unresolved) or faults.violates_foreign_key(error):
        return park(reason=Reason.MISSING)
    return park(reason=Reason.CONFLICT) if faults.violates_uniqueness(error) else None


def _protecting(using: str, error: ProtectedError | RestrictedError) -> tuple[str, str]:
    """(feed, key) of the first registered object that forbids a deletion: what the deletion waits for."""
    for item in error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects:
        label = registry.label_of(type(item))
        entries = ledger.of_pks(using, label, [primary_keys.text(item.pk)]) if registry.find(label) else []
        if entries:
            return label, entries[0].key
    return "", ""


def retry_parked(using: str, *, limit: int = 500, now: clock.Milliseconds = clock.wall_clock) -> Outcome:
    """The sweep: try again what may have become applicable by a local write or by time (R17).

    What another sweep tried before insists: the row that stands at its key waited as long for news of its own.
    """
    outcome = Outcome()
    first, again = parking.next_in_turn(using, limit=limit)
    horizon = clock.at(now() + FUTURE_MILLISECONDS)
    for mode, waiting in ((Mode.AGAIN, first), (Mode.INSIST, again)):
        timely = [change for change in waiting if change.version <= horizon]
        if timely:
            _apply(timely, using, mode, None, outcome)
    _apply_uprooted(using, outcome)
    return outcome
