"""What a mirror meets: tags of the source, and some that came by the feed before."""

from __future__ import annotations

from consumers.apply import apply
from consumers.models import DataPull
from feedsync import natural_keys
from feedsync.wire.page import Change
from tests.db.pull import source as sources
from tests.db.pull.source import NOW, tag
from tests.library.models import Tag

MIRROR, MIRROR_DRY = DataPull.Mode.MIRROR, DataPull.Mode.MIRROR_DRY
UNBRAKED = {**sources.SETTINGS, "MIRROR_MAX_DELETIONS": 1000, "MIRROR_MAX_SHARE": 1}
ALL = {f"t{number}" for number in range(6)}
TAGS = {"library.tag": [tag(f"t{number}") for number in range(6)]}


def slugs() -> set[str]:
    return set(Tag.objects.values_list("slug", flat=True))


def old(slug: str, version: int = -5, origin: str = "studio") -> Tag:
    """A tag that came by the feed before the pull."""
    apply([change(slug, version, origin)], using="default")
    return Tag.objects.get(slug=slug)


def change(slug: str, version: int, origin: str = "studio", *, label: str = "") -> Change:
    fields = {"slug": slug, "label": label}
    key = natural_keys.text([slug])
    return Change(feed="library.tag", key=key, version=NOW + version, origin=origin, fields=fields)
