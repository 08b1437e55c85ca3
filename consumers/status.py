"""The subscribing side's part of `feedsync_status`: sources, their last pulls, and changes that wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, Max, Min, QuerySet

from consumers.hearing import gaps
from consumers.models import Conflict, DataPull, DataSource, ParkedChange
from feedsync.status import Json, Section, Table, age, moment, seconds, sections

COUNTS = ("created", "updated", "unchanged", "parked", "dead", "deleted")


def gather(aliases: Iterable[str], now: dt.datetime) -> Json:
    return {
        "sources": {source.env_name: _source(source, pull, now) for source, pull in _sources_with_pulls()},
        "parked": {alias: _parked(alias, now) for alias in aliases},
        "conflicts": {alias: _open(alias).count() for alias in aliases},
        "gaps": [f"{gap.text} {gap.remedy}" for gap in gaps.find()],
    }


def _sources_with_pulls() -> Iterator[tuple[DataSource, DataPull | None]]:
    sources = list(DataSource.objects.annotate(last_pull=Max("pulls")).order_by("env_name"))
    pulls = DataPull.objects.in_bulk([source.last_pull for source in sources if source.last_pull])
    for source in sources:
        yield source, pulls.get(source.last_pull)


def _source(source: DataSource, pull: DataPull | None, now: dt.datetime) -> Json:
    return {
        "url": source.env_url,
        "enabled": source.enabled,
        "subscription": source.subscription or None,
        "last_received_seconds": seconds(source.last_received_at, now),
        "lag_milliseconds": source.lag_milliseconds,
        "last_pull": None if pull is None else _pull(pull),
    }


def _pull(pull: DataPull) -> Json:
    return {
        "id": pull.pk,
        "status": pull.status,
        "mode": pull.mode,
        "created_at": moment(pull.created_at),
        "finished_at": moment(pull.finished_at),
        "message": pull.message,
        **{name: pull.progress.get(name, 0) for name in COUNTS},
    }


def _parked(alias: str, now: dt.datetime) -> Json:
    rows = ParkedChange.objects.using(alias).order_by().values_list("reason")
    counts = {reason: (number, oldest) for reason, number, oldest in rows.annotate(Count("id"), Min("parked_at"))}
    oldest = min((oldest for _, oldest in counts.values()), default=None)
    reasons = {reason: counts.get(reason, (0, None))[0] for reason in ParkedChange.Reason.values}
    failing = ParkedChange.objects.using(alias).filter(reason=ParkedChange.Reason.FILE).exclude(detail="")
    last = failing.order_by("-id").values_list("detail", flat=True).first()
    return {
        "reasons": reasons,
        "oldest_seconds": seconds(oldest, now),
        "failing_files": failing.count(),
        "last_failure": last or "",
    }


def _open(alias: str) -> QuerySet[Conflict]:
    return Conflict.objects.using(alias).filter(status=Conflict.Status.OPEN)


def show(found: Json) -> Iterable[Table]:
    yield Table(
        title="Data sources",
        columns=("source", "enabled", "subscription", "last received", "last pull"),
        rows=tuple(_source_row(name, source) for name, source in found["sources"].items()),
    )
    yield Table(title="Changes that don't arrive", columns=("what",), rows=tuple((text,) for text in found["gaps"]))
    yield Table(
        title="Parked changes",
        columns=("database", "reason", "changes"),
        rows=tuple(
            (alias, str(ParkedChange.Reason(reason).label), number)
            for alias, parked in found["parked"].items()
            for reason, number in parked["reasons"].items()
            if number
        ),
    )
    yield Table(
        title="Conflicts to decide",
        columns=("database", "conflicts"),
        rows=tuple((alias, number) for alias, number in found["conflicts"].items() if number),
    )
    yield Table(
        title="Files that don't come",
        columns=("database", "changes", "the last says"),
        rows=tuple(
            (alias, parked["failing_files"], parked["last_failure"])
            for alias, parked in found["parked"].items()
            if parked["failing_files"]
        ),
    )


def _source_row(name: str, source: Json) -> tuple[Any, ...]:
    pull = source["last_pull"]
    told = "never" if pull is None else " ".join(filter(None, [pull["status"], _minute(pull), pull["message"]]))
    received = source["last_received_seconds"]
    ago = "never" if received is None else f"{age(received)} ago"
    return (name, "yes" if source["enabled"] else "no", source["subscription"] or "snapshot only", ago, told)


def _minute(pull: Json) -> str:
    ended = pull["finished_at"]
    return f"{dt.datetime.fromisoformat(ended):%Y-%m-%d %H:%M}" if ended else ""


def register_section() -> None:
    if all(section.name != "consumers" for section in sections):
        sections.append(Section(name="consumers", gather=gather, show=show))
