"""A report as one JSON document, a part at a time: a pull in, pieces of text out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consumers.models import DataPull, ReportPart
from feedsync.wire import json


def pieces(pull: DataPull) -> Iterator[str]:
    """{"report": 1, "source", "pull", "mode", "status", …, "changed", "left_out", "differences": […]}."""
    head = json.dumps(_head(pull)).decode()
    yield f'{head[:-1]},"differences":['
    last, between = 0, ""
    while True:
        part = ReportPart.objects.filter(pull=pull, pk__gt=last).order_by("pk").first()
        if part is None:
            break
        last = part.pk
        yield between + "\n" + part.lines.replace("\n", ",\n")
        between = ","
    yield "\n]}\n"


def exists(pull: DataPull) -> bool:
    return ReportPart.objects.filter(pull=pull).exists()


def _head(pull: DataPull) -> dict[str, Any]:
    progress = pull.progress or {}
    return {
        "report": 1,
        "source": pull.data_source.env_name,
        "pull": pull.pk,
        "mode": pull.mode,
        "status": pull.status,
        "created_at": pull.created_at.isoformat(),
        "finished_at": pull.finished_at.isoformat() if pull.finished_at else None,
        "message": pull.message,
        "changed": progress.get("changed", {}),
        "plan": progress.get("plan", {}),
        "left_out": (progress.get("report") or {}).get("left_out", 0),
    }
