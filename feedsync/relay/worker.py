"""Who relays: one database, one holder's name for leases, and the clock; the same for all steps of a batch."""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass, field

from feedsync import clock
from feedsync.clock import Milliseconds

MARKS_AT_ONCE = 4_000


def holder_name() -> str:
    """Unique, and tells a person which process it is."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    using: str
    holder: str = field(default_factory=holder_name)
    now: Milliseconds = clock.wall_clock
    marks_at_once: int = MARKS_AT_ONCE
