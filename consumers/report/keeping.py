"""Lines of a report into the database, in parts, up to REPORT_BYTES; what is beyond is counted.

`size` is where the report stands: {"bytes", "kept", "left_out"}; it lies in the pull's progress.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from consumers.models import DataPull, ReportPart, SeenKey
from consumers.report.differences import Line
from feedsync.conf import settings
from feedsync.wire import json

PART_BYTES = 256 * 1024


def keep(pull_id: int, size: Mapping[str, int], lines: Iterable[Line], *, number: int) -> dict[str, int]:
    """Answers where the report stands then. `number`: of the lines; once the report is full, none is made any more."""
    full = size.get("left_out", 0) > 0
    texts = [] if full else list(_fitting(lines, settings().report_bytes - size.get("bytes", 0)))
    ReportPart.objects.bulk_create(ReportPart(pull_id=pull_id, lines="\n".join(part)) for part in _parts(texts))
    grown = {"bytes": sum(len(text) + 1 for text in texts), "kept": len(texts), "left_out": number - len(texts)}
    return {name: size.get(name, 0) + grown[name] for name in grown}


def _fitting(lines: Iterable[Line], room: int) -> Iterator[str]:
    for line in lines:
        text = json.dumps(line).decode()
        room -= len(text) + 1
        if room < 0:
            return
        yield text


def _parts(texts: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    size = 0
    for text in texts:
        part.append(text)
        size += len(text)
        if size > PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def prune(now: dt.datetime) -> None:
    """Reports of pulls older than REPORT_DAYS go, and what else is left of these; the pulls stay, with their counts."""
    pulls = DataPull.objects.filter(created_at__lt=now - dt.timedelta(days=settings().report_days))
    for model in (ReportPart, SeenKey):
        model._default_manager.filter(pull__in=pulls.values("pk")).delete()
