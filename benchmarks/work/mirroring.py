"""django-cqrs at work: its own consumer code and messages, without a broker between, which is in its favour."""

from __future__ import annotations

import time
from typing import Any

import ujson
from dj_cqrs.constants import SignalType
from dj_cqrs.controller import consumer
from dj_cqrs.dataclasses import TransportPayload
from django.db import connection

from benchmarks.site.mirror.models import Mirror

FILL = (
    """INSERT INTO mirror_mirror (id, language_id, key, value, "default", updated, cqrs_revision, cqrs_updated)
       SELECT id, language_id, key, value, "default", updated, 0, now() FROM content_copy""",
    "INSERT INTO mirror_mirror_tags (mirror_id, tag_id) SELECT copy_id, tag_id FROM content_copy_tags",
    "ANALYZE",
)


def fill() -> None:
    """The texts as they were before the burst."""
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement)


def consume(count: int, prefix: str) -> dict[str, Any]:
    """Seconds for changing so many texts, a message each, as its worker handles them."""
    messages = [_message(mirror, prefix) for mirror in Mirror.objects.order_by("id").prefetch_related("tags")[:count]]
    started = time.perf_counter()
    for message in messages:
        assert consumer.consume(TransportPayload.from_message(ujson.loads(message)))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "updated": Mirror.objects.filter(value__startswith=prefix).count()}


def _message(mirror: Mirror, prefix: str) -> str:
    data = {
        "id": mirror.pk,
        "language_id": mirror.language_id,
        "key": mirror.key,
        "value": prefix + mirror.value[:480],
        "default": mirror.default,
        "updated": str(mirror.updated),
        "tags": [tag.pk for tag in mirror.tags.all()],
        "cqrs_revision": mirror.cqrs_revision + 1,
        "cqrs_updated": str(mirror.cqrs_updated),
    }
    payload = TransportPayload(SignalType.SAVE, "copy", data, mirror.pk)
    return str(ujson.dumps(payload.to_dict()))
