"""A pull of a feed is due when its registration changed since it was pulled last, here or at the source (R29).

In: data sources, and their offers where somebody asked for them. Out: a new DataPull of these feeds for each source
that needs one. What is new here, and the source may not offer, is asked for all the same: see `Progress.lenient`.
"""

from __future__ import annotations

from collections.abc import Iterable

from consumers.models import DataPull, DataSource
from consumers.pull.offer import Offer
from consumers.pull.progress import Progress
from feedsync import fingerprints, registry

FULL = (DataPull.Mode.REPAIR, DataPull.Mode.MIRROR)


def schedule() -> list[DataPull]:
    """For every enabled source whose feeds were pulled with other registrations here."""
    pulls = (schedule_for(source) for source in DataSource.objects.filter(enabled=True))
    return [pull for pull in pulls if pull is not None]


def schedule_for(source: DataSource, offer: Offer | None = None) -> DataPull | None:
    labels = due(source, offer)
    if not labels:
        return None
    return DataPull.objects.create(data_source=source, progress=Progress(only=labels, lenient=True).dump())


def due(source: DataSource, offer: Offer | None = None) -> list[str]:
    """Feeds to be pulled anew. A pull that isn't over yet compares for itself when it goes on."""
    done = _done(source)
    if not done:
        return []
    prints = {label: value for progress in done for label, value in progress.prints.items()}
    seen = {label for progress in done for label in progress.registered}
    changed = set(_changed_here(prints, seen))
    if offer is not None:
        changed |= set(_changed_there(prints, offer))
    return sorted(changed)


def _done(source: DataSource) -> list[Progress]:
    """The last pull of all feeds, and those of some feeds after it; none where one of them isn't over, or failed."""
    pulls = source.pulls.filter(mode__in=FULL)
    last = pulls.filter(progress__only=[]).order_by("-id").first()
    if last is None:
        return []
    since = [last, *pulls.filter(pk__gt=last.pk).order_by("id")]
    if any(pull.status != DataPull.Status.DONE for pull in since):
        return []
    return [Progress.load(pull.progress) for pull in since]


def _changed_here(prints: dict[str, str], seen: set[str]) -> Iterable[str]:
    for feed in registry.feeds():
        known = prints.get(feed.label, "").rpartition("-")[2]
        if feed.label not in seen or (known and known != fingerprints.fingerprint(feed)):
            yield feed.label


def _changed_there(prints: dict[str, str], offer: Offer) -> Iterable[str]:
    for label, offered in offer.feeds.items():
        if registry.find(label) and prints.get(label, "").rpartition("-")[0] != offered.fingerprint:
            yield label
