"""A pull is due when a registration changed since the last one, here or at the source (R29).

In: data sources, and their offers where somebody asked for them. Out: a new DataPull for each source that needs one.
"""

from __future__ import annotations

from consumers.models import DataPull, DataSource
from consumers.pull.offer import Offer
from consumers.pull.progress import Progress
from feedsync import fingerprints, registry

FULL = (DataPull.Mode.REPAIR, DataPull.Mode.MIRROR)


def schedule() -> list[DataPull]:
    """For every enabled source whose last pull was made with other registrations here."""
    sources = DataSource.objects.filter(enabled=True)
    return [DataPull.objects.create(data_source=source) for source in sources if is_due(source)]


def is_due(source: DataSource, offer: Offer | None = None) -> bool:
    """Compares with the last pull of all feeds; one that isn't over yet compares for itself when it goes on."""
    last = source.pulls.filter(mode__in=FULL, progress__only=[]).order_by("-id").first()
    if last is None or last.status != DataPull.Status.DONE:
        return False
    progress = Progress.load(last.progress)
    here = [feed.label for feed in registry.feeds()]
    return _here_changed(progress, here) or (offer is not None and _there_changed(progress, offer))


def _here_changed(progress: Progress, labels: list[str]) -> bool:
    known = {label: prints.rpartition("-")[2] for label, prints in progress.prints.items()}
    fresh = set(labels) - set(progress.registered)
    return bool(fresh) or any(
        label in known and known[label] != fingerprints.fingerprint(registry.get(label)) for label in labels
    )


def _there_changed(progress: Progress, offer: Offer) -> bool:
    known = {label: prints.rpartition("-")[0] for label, prints in progress.prints.items()}
    offered = {label: feed.fingerprint for label, feed in offer.feeds.items() if registry.find(label)}
    return known != offered
