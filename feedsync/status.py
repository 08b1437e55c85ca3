"""How things stand: what waits, what is dead, what each feed knows, in numbers.

In: the databases with feedsync's tables. Out: `report()`, plain JSON whose keys are documented in docs/status.md and
stay; `tables()` shows the same to people. Other apps append a `Section` to `sections` in their `ready()`. Reads only,
with a fixed number of queries for each database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from feedsync import registry
from feedsync.conf import settings
from feedsync.files import problems
from feedsync.models import Clock, DeadChange, FeedState, ForwardMark, KnownFile, Lease, LedgerEntry, Mark
from feedsync.relay.loop import databases

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Something to show: a title, names of columns, rows of texts and numbers. Without rows it isn't shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Another app's part: `gather(aliases, now)` answers JSON, `show` what people see of it."""

    name: str
    gather: Callable[[Iterable[str], dt.datetime], Json]
    show: Callable[[Json], Iterable[Table]]


sections: list[Section] = []


def report(now: dt.datetime | None = None) -> Json:
    now = now or timezone.now()
    aliases = databases()
    options = settings()
    found: Json = {
        "environment": options.environment,
        "topic": options.topic,
        "at": now.isoformat(),
        "databases": {alias: _database(alias, now) for alias in aliases},
    }
    return found | {section.name: section.gather(aliases, now) for section in sections}


def _database(alias: str, now: dt.datetime) -> Json:
    return {
        **_identity(alias),
        "marks": _marks(alias, now),
        "forward_marks": ForwardMark.objects.using(alias).count(),
        "dead": dict.fromkeys(DeadChange.Side.values, 0) | _dead(alias),
        "feeds": _feeds(alias),
        "leases": _leases(alias, now),
        "files": _files(alias),
    }


def _identity(alias: str) -> Json:
    """Empty until the first version was given."""
    row = Clock.objects.using(alias).filter(id=1).values("environment", "incarnation").first()
    return dict(row or {"environment": "", "incarnation": ""})


def _marks(alias: str, now: dt.datetime) -> Json:
    found = Mark.objects.using(alias).aggregate(
        waiting=Count("id"), attempted=Count("id", filter=Q(attempts__gt=0)), oldest=Min("at")
    )
    oldest = found.pop("oldest")
    return {**found, "oldest_seconds": seconds(oldest, now)}


def _dead(alias: str) -> dict[str, int]:
    counted = DeadChange.objects.using(alias).order_by().values_list("side")
    return dict(counted.annotate(number=Count("id")))


def _feeds(alias: str) -> Json:
    """Every feed of this database, and whatever else its ledger knows."""
    known = {feed.label: _no_feed() for feed in registry.feeds() if feed.alias == alias}
    entries = LedgerEntry.objects.using(alias).order_by().values("feed")
    alive, gone = Q(deleted_at=None, version__gt=0, object_pk__isnull=False), Q(deleted_at__isnull=False)
    for row in entries.annotate(here=Count("id", filter=alive), gone=Count("id", filter=gone)):
        known.setdefault(row["feed"], _no_feed()).update(objects=row["here"], tombstones=row["gone"])
    for label, waiting in Mark.objects.using(alias).order_by().values_list("feed").annotate(Count("id")):
        known.setdefault(label, _no_feed()).update(waiting=waiting)
    for state in FeedState.objects.using(alias).exclude(unchecked_since=None, paused_since=None):
        known.setdefault(state.feed, _no_feed()).update(
            pull_needed_since=moment(state.unchecked_since),
            pull_needed_because=state.cause,
            paused_since=moment(state.paused_since),
            paused_because=state.paused_because,
        )
    return dict(sorted(known.items()))


def _files(alias: str) -> Json:
    """`problems`: files that rows name and that can't be sent, "field: file: why"."""
    found = [f"{item.place}: {item.name}: {item.problem}" for item in problems.current(alias)]
    return {"known": KnownFile.objects.using(alias).count(), "problems": found}


def _no_feed() -> Json:
    needed = {"pull_needed_since": None, "pull_needed_because": ""}
    return {"objects": 0, "tombstones": 0, "waiting": 0, **needed, "paused_since": None, "paused_because": ""}


def _leases(alias: str, now: dt.datetime) -> list[Json]:
    leases = Lease.objects.using(alias).order_by("name")
    return [
        {"name": lease.name, "holder": lease.holder, "until": moment(lease.until), "held": lease.until > now}
        for lease in leases
    ]


def moment(value: dt.datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def seconds(since: dt.datetime | None, now: dt.datetime) -> float | None:
    return None if since is None else max(0.0, round((now - since).total_seconds(), 3))


def tables(found: Json) -> Iterator[Table]:
    """What `report` found, for people."""
    yield Table(
        title=f"Environment {found['environment']}, publishing to {found['topic'] or 'nothing'}",
        columns=("database", "marks waiting", "oldest", "dead here", "dead from others", "relays at work"),
        rows=tuple(_database_row(alias, database) for alias, database in found["databases"].items()),
    )
    for alias, database in found["databases"].items():
        yield Table(
            title=f"Feeds in {alias}",
            columns=("feed", "objects", "tombstones", "waiting", "pull needed"),
            rows=tuple(_feed_row(label, feed) for label, feed in database["feeds"].items()),
        )
    paused = [
        (alias, label, feed["paused_because"], feed["paused_since"])
        for alias, database in found["databases"].items()
        for label, feed in database["feeds"].items()
        if feed["paused_since"]
    ]
    yield Table(
        title="Paused feeds",
        columns=("database", "feed", "because", "since"),
        rows=tuple(paused),
    )
    lost = [(alias, text) for alias, database in found["databases"].items() for text in database["files"]["problems"]]
    yield Table(title="Files that can't be sent", columns=("database", "file"), rows=tuple(lost))
    for section in sections:
        yield from section.show(found[section.name])


def _database_row(alias: str, database: Json) -> tuple[Any, ...]:
    marks, dead = database["marks"], database["dead"]
    relays = {lease["holder"] for lease in database["leases"] if lease["held"]}
    return (alias, marks["waiting"], age(marks["oldest_seconds"]), dead["source"], dead["replica"], len(relays))


def _feed_row(label: str, feed: Json) -> tuple[Any, ...]:
    needed = f"since {feed['pull_needed_since']} ({feed['pull_needed_because']})" if feed["pull_needed_since"] else ""
    return (label, feed["objects"], feed["tombstones"], feed["waiting"], needed)


def age(value: float | None) -> str:
    """`95.0` is `1 min 35 s`."""
    if value is None:
        return "-"
    minutes, rest = divmod(int(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
