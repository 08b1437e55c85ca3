"""The replica at work: pages from a file, decoded and applied in the batches that the consumer makes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.pages import read
from benchmarks.work.counting import statements
from consumers.receiving.delivery import Delivery, Source
from consumers.receiving.handling import Ack, handle
from consumers.receiving.judging import Apply, Verdict, judge
from consumers.streaming.consumer import BATCH_CHANGES

SOURCE = Source(name="source", subscription="bench")


def apply(path: str) -> dict[str, Any]:
    """Seconds, statements, objects updated; without Pub/Sub, so that this is what the applying alone takes."""
    pages = list(read(path))
    updated = 0
    started = time.perf_counter()
    with statements() as counted:
        for verdicts in _batches(pages):
            for result in handle(verdicts):
                assert isinstance(result, Ack), result
                updated += result.outcome.updated
    return {"seconds": time.perf_counter() - started, "statements": len(counted), "updated": updated}


def _batches(pages: list[dict[str, Any]]) -> Iterator[list[Verdict]]:
    batch: list[Verdict] = []
    changes = 0
    for number, page in enumerate(pages):
        delivery = Delivery(source=SOURCE, ack_id=str(number), data=page["data"], attributes=page["attributes"])
        verdict = judge(delivery)
        batch.append(verdict)
        changes += len(verdict.changes) if isinstance(verdict, Apply) else 0
        if changes >= BATCH_CHANGES:
            yield batch
            batch, changes = [], 0
    if batch:
        yield batch
