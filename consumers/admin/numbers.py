"""The numbers of a pull, for people: its progress in, texts, positions and rows of a table out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from consumers.admin import links
from consumers.models import DataPull
from feedsync import natural_keys
from feedsync.order import parents_first

NAMES = {
    "created": _("created"),
    "updated": _("updated"),
    "unchanged": _("unchanged"),
    "deleted": _("deleted"),
    "parked": _("parked"),
    "dead": _("dead"),
    "superseded": _("newer here"),
    "ignored": _("not registered here"),
    "drifted": _("edited here, and left so"),
}
FILES = {"stored": _("files stored"), "failed": _("files that did not come")}
MESSAGE_CHARACTERS = 120
SHOWN = 10
CHANGES = ("created", "updated", "deleted")
PLANNED = (*CHANGES, "here", "sent")
RARE = ("superseded", "ignored", "drifted")
LINKED = {"parked": links.parked, "dead": links.dead}


def told(pull: DataPull) -> str:
    """In words, without what didn't happen; of a failed one why it failed."""
    if pull.status == DataPull.Status.FAILED and pull.message:
        return Truncator(pull.message).chars(MESSAGE_CHARACTERS)
    counts = ((_count(pull, name), label) for name, label in NAMES.items())
    words = [f"{count:,} {label}" for count, label in counts if count]
    if pull.status == DataPull.Status.CONFIRM:
        words.append(str(_("%s to remove") % f"{_to_remove(pull):,}"))
    return ", ".join(words) or "-"


def linked(pull: DataPull) -> Iterator[tuple[Any, Any]]:
    """(name, number), where the rows can be looked at with a link to them."""
    files = (pull.progress or {}).get("files") or {}
    yield from ((label, f"{files[name]:,}") for name, label in FILES.items() if files.get(name))
    for name, label in NAMES.items():
        count = _count(pull, name)
        link = LINKED.get(name)
        if count or name not in RARE:
            yield label, link(count, pull.data_source.env_name) if link else f"{count:,}"


def feeds(pull: DataPull) -> Iterator[dict[str, Any]]:
    """In the order in which they come."""
    counts = (pull.progress or {}).get("feeds") or {}
    for label in parents_first(counts):
        seen, total = counts[label]["seen"], max(counts[label]["seen"], counts[label]["total"])
        percent = 100 * seen // total if total else 100
        yield {"label": label, "seen": seen, "total": total, "percent": percent, "shown": _of(seen, total)}


def plan(pull: DataPull) -> list[dict[str, Any]]:
    """Of a mirror, a row for each feed in which something changes."""
    planned = (pull.progress or {}).get("plan") or {}
    touched = [label for label in parents_first(planned) if any(planned[label][name] for name in CHANGES)]
    return [{"label": label, "numbers": [f"{planned[label][name]:,}" for name in PLANNED]} for label in touched]


def removals(pull: DataPull) -> Iterator[dict[str, Any]]:
    """Of each feed the first that wait to be removed, and how many more there are."""
    counts = dict(pull.removals.order_by().values_list("feed").annotate(Count("pk")))
    for label in parents_first(counts):
        keys = pull.removals.filter(feed=label).order_by("pk").values_list("key", flat=True)[:SHOWN]
        shown = [natural_keys.readable(key) for key in keys]
        more = counts[label] - len(shown)
        yield {"label": label, "shown": shown, "more": f"{more:,}" if more else ""}


def position(pull: DataPull) -> tuple[int, int]:
    """How many objects of how many."""
    rows = list(feeds(pull))
    seen, total = sum(row["seen"] for row in rows), sum(row["total"] for row in rows)
    if pull.status == DataPull.Status.DONE:
        # Objects may have gone at the source since they were counted; an empty source is done as well.
        return max(1, total), max(1, total)
    return seen, total


def told_position(pull: DataPull) -> str:
    """Nothing before it is known how many there are."""
    seen, total = position(pull)
    return _of(seen, total) if total else ""


def _to_remove(pull: DataPull) -> int:
    return sum(feed["deleted"] for feed in pull.progress["plan"].values())


def _of(seen: int, total: int) -> str:
    return str(_("%(seen)s of %(total)s") % {"seen": f"{seen:,}", "total": f"{total:,}"})


def _count(pull: DataPull, name: str) -> int:
    return int((pull.progress or {}).get(name, 0))
