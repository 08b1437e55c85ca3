"""One pushed message through the same judgement and application as a streamed one; its outcome is the answer.

True: it is committed, as an application, parked or dead, and Pub/Sub may forget it. False: it must come again.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import assert_never

from django.utils import timezone

from consumers.files import limited
from consumers.models import DataSource
from consumers.receiving.delivery import Delivery
from consumers.receiving.handling import Ack, Retry, handle
from consumers.receiving.judging import Pass, judge
from feedsync import clock

NOTE_SECONDS = 2
FILE_SECONDS = 20.0

logger = logging.getLogger("feedsync.consumer")


def take(delivery: Delivery) -> bool:
    verdict = judge(delivery)
    if not isinstance(verdict, Pass):
        clock.own(verdict.alias)  # a copy of another environment's database takes nothing (P10)
    [result] = handle([verdict])
    return _settled(result, delivery)


def _settled(result: Ack | Retry, delivery: Delivery) -> bool:
    match result:
        case Ack(refused=refused, held=held, alias=alias):
            for reason in (*refused, *held):
                logger.warning("message kept", extra={"source": delivery.source.name, "reason": reason})
            _note(delivery)
            if result.outcome.parked:
                limited.fetch(alias, seconds=FILE_SECONDS)
            return True
        case Retry(alias=alias, error=error):
            reason = f"{type(error).__name__}: {error}".partition("\n")[0]
            logger.warning("message not applied", extra={"database": alias, "reason": reason})
            return False
        case _:
            assert_never(result)


def _note(delivery: Delivery) -> None:
    """When something came, and how late; every two seconds at most, since all pushes write this one row."""
    now = timezone.now()
    lag = max(0, int((time.time() - delivery.published_at) * 1000)) if delivery.published_at else None
    before = DataSource.objects.filter(env_name=delivery.source.name).exclude(
        last_received_at__gt=now - dt.timedelta(seconds=NOTE_SECONDS)
    )
    before.update(last_received_at=now, **({} if lag is None else {"lag_milliseconds": min(lag, 2**31 - 1)}))
