"""Which data sources are to be received from: read again and again, so that one added in the admin starts by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from consumers.models import DataSource
from consumers.receiving.delivery import Source, source_of


def wanted(names: Collection[str] = ()) -> list[Source]:
    """Enabled ones with a subscription, all or those of these names, but not those that Pub/Sub pushes.

    Raises ConfigurationError without a project.
    """
    rows = DataSource.objects.filter(enabled=True, delivery=DataSource.Delivery.STREAM).exclude(subscription="")
    if names:
        rows = rows.filter(env_name__in=list(names))
    return list(map(source_of, rows))


def received(lags: Iterable[tuple[str, int]], at: datetime) -> None:
    """Note for each source that changes of it were applied, and how many milliseconds after their publication."""
    for name, lag_milliseconds in lags:
        DataSource.objects.filter(env_name=name).update(last_received_at=at, lag_milliseconds=lag_milliseconds)
