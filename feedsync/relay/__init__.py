"""The relay: marks in, pages out. Reserve, read, plan, announce, publish, finish: a module each, run by `batch`.

Invariants, do not break: versions are reserved and committed before rows are read (R8); an attempted mark is
published (R9); the finishing transaction compares what it locks with what was read before the rows (R10); only mark
ids that were read are deleted (R1). Leases are for throughput, none of this rests on them.
"""

from __future__ import annotations

from feedsync.relay.batch import Batch, Busy, Done, Idle, Result, Step
from feedsync.relay.finishing import Counts

__all__ = ["Batch", "Busy", "Counts", "Done", "Idle", "Result", "Step"]
