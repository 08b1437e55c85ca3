"""What sources say of whom they hear and whose changes they pass on; noted at every handshake, and asked again where a
source passes on what it hasn't said.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.utils import timezone

from consumers.http.session import Source, open_source
from consumers.models import DataSource, ParkedChange
from consumers.pull import handshake
from consumers.pull.offer import Offer
from consumers.receiving import keeping
from feedsync.errors import FeedsyncError

logger = logging.getLogger("feedsync.consumer")

OpenSource = Callable[[str, str], Source]


def told() -> list[str]:
    """Whom this environment hears, for its own contract."""
    heard = DataSource.objects.filter(enabled=True).exclude(subscription="")
    return list(heard.order_by("env_name").values_list("env_name", flat=True))


def note(source: DataSource, offer: Offer) -> None:
    DataSource.objects.filter(pk=source.pk).update(forwards=offer.forwards, hears=offer.hears, asked_at=timezone.now())


def ask(using: str, *, open_http: OpenSource = open_source) -> None:
    """Sources whose pages are held because they hadn't said that they forward; then their pages are judged again."""
    held = ParkedChange.objects.using(using).filter(reason=ParkedChange.Reason.FORWARDED)
    names = list(held.order_by("origin").values_list("origin", flat=True).distinct())
    for source in DataSource.objects.filter(enabled=True, env_name__in=names):
        try:
            with open_http(source.env_name, source.env_url) as client:
                note(source, handshake.offer_of(client, source.env_name))
        except FeedsyncError as error:
            logger.warning("a source could not be asked", extra={"source": source.env_name, "reason": str(error)})
    if names:
        keeping.apply_held(using)
