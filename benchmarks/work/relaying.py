"""The source at work: texts are changed, and the relay makes pages of them, into a file instead of a topic."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

from django.db.models import Value
from django.db.models.functions import Concat, Left

from benchmarks.site.content.models import Copy
from benchmarks.work.counting import statements
from feedsync.relay.batch import Batch, Idle
from feedsync.relay.worker import Worker
from feedsync.transport.memory import MemoryTransport


def change(count: int, prefix: str) -> None:
    """Give so many texts a prefix, in one statement."""
    chosen = Copy.objects.filter(pk__lte=count)
    chosen.update(value=Concat(Value(prefix), Left("value", 480)))


def relay(path: str) -> dict[str, float]:
    """Relay all that is marked into a file: a page a line. Seconds and statements."""
    transport = MemoryTransport()
    batch = Batch(Worker(using="default"), transport)
    started = time.perf_counter()
    with statements() as counted:
        while not isinstance(batch.run(), Idle):
            pass
    seconds = time.perf_counter() - started
    with Path(path).open("w") as pages:
        for page in transport.published:
            data = base64.b64encode(page.data).decode()
            pages.write(json.dumps({"attributes": dict(page.attributes), "data": data}) + "\n")
    return {"seconds": seconds, "statements": len(counted)}
