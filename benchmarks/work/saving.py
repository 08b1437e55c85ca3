"""The writer: saves one by one and in bulk, the same code with and without feedsync."""

from __future__ import annotations

import time
from contextlib import nullcontext

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.test import override_settings

from benchmarks.site.content.models import Copy

MARKS = "feedsync_mark"


def use_triggers() -> None:
    """From now on in this process."""
    from feedsync.triggers import installing  # the plain site has no feedsync

    override_settings(FEEDSYNC={**settings.FEEDSYNC, "CAPTURE": "triggers"}).enable()
    installing.install("default")


def save(count: int, atomic: bool) -> float:
    """Seconds for so many saves of texts that exist, each in autocommit mode or in a transaction of its own."""
    copies = list(Copy.objects.order_by("pk")[:count])
    for copy in copies:
        copy.value = f"{time.perf_counter_ns()} {copy.value[:480]}"
    started = time.perf_counter()
    for copy in copies:
        with transaction.atomic() if atomic else nullcontext():
            copy.save()
    return time.perf_counter() - started


def create(count: int) -> float:
    """Seconds for one bulk_create; the rows are taken away afterwards."""
    last = Copy.objects.aggregate(last=Max("pk"))["last"] or 0
    example = Copy.objects.order_by("pk")[0]
    copies = [
        Copy(language_id=1, key=f"bulk.{last}.{number}", value=example.value, updated=example.updated)
        for number in range(count)
    ]
    started = time.perf_counter()
    Copy.objects.bulk_create(copies)
    seconds = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM content_copy WHERE id > %s", [last])
    return seconds


def tidy() -> None:
    """As after the relay and an autovacuum: no marks, no dead rows."""
    with connection.cursor() as cursor:
        if MARKS in connection.introspection.table_names(cursor):
            cursor.execute(f"TRUNCATE {MARKS}")
        cursor.execute("VACUUM ANALYZE content_copy")
