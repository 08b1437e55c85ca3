"""Several environments in one process, to test that your own registrations converge.

In: writes to your models inside `world.on(name)`. Out: `world.settle()` lets everything arrive, `assert_converged()`
says what differs. Relays crash, messages are lost, doubled and reordered as you ask for; a seed repeats it.
"""

from __future__ import annotations

from feedsync.relay.batch import Step
from feedsync.testing.crashing import Crash, crash_at
from feedsync.testing.pulling import Pull
from feedsync.testing.settling import Unsettled
from feedsync.testing.world import World
from feedsync.transport.memory import Faults

__all__ = ["Crash", "Faults", "Pull", "Step", "Unsettled", "World", "crash_at"]
