"""The writer of the latency benchmark: one save after the other, and when each was committed."""

from __future__ import annotations

import random
import time

from benchmarks.site.content.models import Copy

PAUSE_SECONDS = (0.015, 0.045)


def write(count: int, prefix: str) -> list[float]:
    """The monotonic clock after each save, which all processes of a machine share."""
    dice = random.Random(0)
    committed = []
    for number, copy in enumerate(Copy.objects.order_by("pk")[:count]):
        copy.value = f"{prefix}{number}"
        copy.save()
        committed.append(time.monotonic())
        # Not in step with anybody's polling.
        time.sleep(dice.uniform(*PAUSE_SECONDS))
    return committed
