"""Leases: which delivery stands behind an ack id, and when its time is up."""

from __future__ import annotations

import secrets
from itertools import count

from emulator.pubsub.acknowledging import new_ack_id
from emulator.pubsub.lanes import Entry, State
from emulator.pubsub.takers import Holder
from emulator.timers import Timers


class Leases:
    """The deliveries of one subscription that can still be acknowledged."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}  # {ack id that still counts: entry}
        self._ends: Timers[tuple[str, float]] = Timers(self._is_running)
        # An ack id from before a restart of the emulator must not fit a message of today.
        self._numbers = count(secrets.randbits(40))

    @property
    def first_end(self) -> float | None:
        """When the first lease ends, if nobody extends it."""
        return self._ends.first

    @property
    def running(self) -> int:
        """How many messages clients hold right now."""
        return sum(entry.state is State.LEASED for entry in self.entries.values())

    def get(self, ack_id: str) -> Entry | None:
        """The delivery behind an ack id, if that still counts."""
        return self.entries.get(ack_id)

    def grant(self, entry: Entry, *, until: float, holder: Holder | None) -> None:
        """Hand a message out; from now on only its new ack id counts."""
        self.forget(entry)
        entry.lease(new_ack_id(next(self._numbers), entry.message.number), until=until, holder=holder)
        if entry.lane is not None:
            entry.lane.home = holder
        self.entries[entry.ack_id] = entry
        self._ends.add(until, (entry.ack_id, until))

    def extend(self, entry: Entry, *, until: float) -> None:
        """Let a lease end at another time."""
        entry.lease_until = until
        self._ends.add(until, (entry.ack_id, until))

    def forget(self, entry: Entry) -> None:
        """Its ack id counts no more."""
        self.entries.pop(entry.ack_id, None)

    def lapsed(self, now: float) -> list[Entry]:
        """What nobody answered in time."""
        return [self.entries[lease[0]] for lease in self._ends.due(now) if self._is_running(lease)]

    def clear(self) -> None:
        """All leases end."""
        for entry in self.entries.values():
            entry.let_go(State.DONE)
        self.entries.clear()
        self._ends.clear()

    def _is_running(self, lease: tuple[str, float]) -> bool:
        ack_id, until = lease
        entry = self.entries.get(ack_id)
        return entry is not None and entry.state is State.LEASED and entry.lease_until == until
