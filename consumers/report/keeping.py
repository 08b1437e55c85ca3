"""Lines of a report into the database, in parts, up to REPORT_BYTES; what is beyond is counted.

`size` is where the report stands: {"bytes", "kept", "left_out"}; it lies in the pull's progress.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from consumers.models import DataPull, ReportPart, SeenKey
from consumers.report.differences import Line
from feedsync.conf import settings
from feedsync.wire import json

PART_BYTES = 256 * 1024


def keep(pull_id: int, size: Mapping[str, int], lines: Iterable[Line]) -> dict[str, int]:
    """Answers where the report stands then."""
    room = settings().report_bytes - size.get("bytes", 0)
    written = kept = left_out = 0
    part: list[str] = []
    parts: list[ReportPart] = []
    for line in lines:
        text = json.dumps(line).decode()
        if left_out or written + len(text) > room:
            left_out += 1
            continue
        part.append(text)
        written, kept = written + len(text) + 1, kept + 1
        if sum(map(len, part)) > PART_BYTES:
            parts.append(_part(pull_id, part))
            part = []
    if part:
        parts.append(_part(pull_id, part))
    ReportPart.objects.bulk_create(parts)
    grown = {"bytes": written, "kept": kept, "left_out": left_out}
    return {name: size.get(name, 0) + number for name, number in grown.items()}


def prune(now: dt.datetime) -> None:
    """Reports of pulls older than REPORT_DAYS go, and what else is left of these; the pulls stay, with their counts."""
    pulls = DataPull.objects.filter(created_at__lt=now - dt.timedelta(days=settings().report_days))
    for model in (ReportPart, SeenKey):
        model._default_manager.filter(pull__in=pulls.values("pk")).delete()


def _part(pull_id: int, lines: list[str]) -> ReportPart:
    return ReportPart(pull_id=pull_id, lines="\n".join(lines))
