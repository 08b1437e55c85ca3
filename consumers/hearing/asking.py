"""What sources say of whom they hear and whose changes they pass on; noted at every handshake, and asked again where a
source passes on what it hasn't said.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import router
from django.utils import timezone

from consumers.http.session import Source, open_source
from consumers.models import DataPull, DataSource, ParkedChange
from consumers.pull import handshake, registrations
from consumers.pull.offer import Offer
from consumers.pull.silence import OPEN
from consumers.receiving import keeping
from feedsync import clock
from feedsync.errors import FeedsyncError
from feedsync.models import Lease
from feedsync.relay import leases

logger = logging.getLogger("feedsync.consumer")

LEASE = "ask"
LOOK_SECONDS = 3_600
OpenSource = Callable[[str, str], Source]


def told() -> list[str]:
    """Whom this environment hears, for its own contract."""
    heard = DataSource.objects.filter(enabled=True).exclude(subscription="")
    return list(heard.order_by("env_name").values_list("env_name", flat=True))


def note(source: DataSource, offer: Offer) -> None:
    DataSource.objects.filter(pk=source.pk).update(forwards=offer.forwards, hears=offer.hears, asked_at=timezone.now())


def look(now: clock.Milliseconds = clock.wall_clock, *, open_http: OpenSource = open_source) -> list[DataPull]:
    """Once an hour, whichever processes call: ask every source, and pull what was registered otherwise there (R29), or
    all where it began a new life. The first hour begins with the first call."""
    using = router.db_for_write(DataSource)
    if not _due(using, now()):
        return []
    pulls = []
    for source in DataSource.objects.filter(enabled=True).exclude(subscription=""):
        offer = _asked(source, open_http)
        pulls.append(_pull_for(source, offer) if offer else None)
    return [pull for pull in pulls if pull is not None]


def _pull_for(source: DataSource, offer: Offer) -> DataPull | None:
    """Of all feeds where the source began a new life (P10)."""
    if source.incarnation in ("", offer.incarnation):
        return registrations.schedule_for(source, offer)
    if source.pulls.filter(status__in=OPEN).exists():
        return None
    return DataPull.objects.create(data_source=source)


def _due(using: str, now: int) -> bool:
    rows = Lease.objects.using(using).filter(name=LEASE)
    if rows.filter(until__gt=leases.moment(now)).exists():
        return False
    first = not rows.exists()
    return leases.seize(using, LEASE, "", now, seconds=LOOK_SECONDS) and not first


def _asked(source: DataSource, open_http: OpenSource) -> Offer | None:
    try:
        with open_http(source.env_name, source.env_url) as client:
            offer = handshake.offer_of(client, source.env_name)
    except FeedsyncError as error:
        logger.warning("a source could not be asked", extra={"source": source.env_name, "reason": str(error)})
        return None
    note(source, offer)
    return offer


def ask(using: str, *, open_http: OpenSource = open_source) -> None:
    """Sources whose pages are held because they hadn't said that they forward; then their pages are judged again."""
    held = ParkedChange.objects.using(using).filter(reason=ParkedChange.Reason.FORWARDED)
    names = list(held.order_by("origin").values_list("origin", flat=True).distinct())
    for source in DataSource.objects.filter(enabled=True, env_name__in=names):
        _asked(source, open_http)
    if names:
        keeping.apply_held(using)
