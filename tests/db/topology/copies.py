"""More databases than the settings name: copies of one that is migrated, made once a process, when a test asks.

Django migrates each database of the settings for every run; these cost a copied file, or a template of PostgreSQL's.
MariaDB has nothing like it, and migrates.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections

TEMPLATE = "other"
MORE = ("third", "fourth")

_copied: dict[str, dict[str, Any]] = {}  # {alias: settings}


@contextmanager
def opened(*aliases: str) -> Iterator[None]:
    """These aliases are there inside; what else looks at all databases finds them only here."""
    for alias in aliases:
        made = alias in _copied
        connections.settings[alias] = _copied[alias] if made else _copied.setdefault(alias, _copy(alias))
        if not made and connections[alias].vendor == "mysql":
            call_command("migrate", database=alias, verbosity=0)
    try:
        yield
    finally:
        for alias in aliases:
            connections[alias].close()
            del connections[alias]
            del connections.settings[alias]


def _copy(alias: str) -> dict[str, Any]:
    given = connections[TEMPLATE].settings_dict
    name = f"{given['NAME']}_{alias}"
    connections[TEMPLATE].close()
    if connections[TEMPLATE].vendor == "sqlite":
        _copy_files(str(given["NAME"]), name)
    else:
        _create(given["NAME"], name)
    return {**given, "NAME": name}


def _copy_files(old: str, new: str) -> None:
    for suffix in ("", "-wal"):
        if Path(f"{old}{suffix}").exists():
            shutil.copyfile(f"{old}{suffix}", f"{new}{suffix}")


def _create(old: str, new: str) -> None:
    connection = connections[TEMPLATE]
    quote = connection.ops.quote_name
    template = f" TEMPLATE {quote(old)}" if connection.vendor == "postgresql" else ""
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quote(new)}")
        cursor.execute(f"CREATE DATABASE {quote(new)}{template}")
